//! Running a case: on the embedded cluster always, on a real one where there is one.
//! Apart from the clusters, because here it is decided which there are.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use super::site::Site;

/// Names the kubeconfig of the real cluster.
pub const REAL: &str = "TIPHYS_TEST_KUBECONFIG";

/// Where a real cluster is, if there is one; says so where there is none.
pub fn real() -> Option<String> {
    let found = std::env::var(REAL).ok().filter(|path| !path.is_empty());
    if found.is_none() {
        println!("skipped on a real API server: {REAL} names no kubeconfig");
    }
    found
}

/// Runs a case on the embedded cluster, in virtual time, and on the real one if there is one.
pub fn on_each(case: impl AsyncFn(&Site)) {
    let virtual_time = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    virtual_time.block_on(async {
        println!("on the embedded cluster");
        case(&Site::embedded().await).await;
    });
    if let Some(kubeconfig) = real() {
        on_the_real(&kubeconfig, &case);
    }
}

fn on_the_real(kubeconfig: &str, case: &impl AsyncFn(&Site)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        println!("on the API server of {REAL}");
        let site = Site::real(kubeconfig).await;
        let outcome = AssertUnwindSafe(case(&site)).catch_unwind().await;
        site.leave().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Both clusters at once, for what compares them; nothing where there is no real one.
pub fn on_both(case: impl AsyncFn(&Site, &Site)) {
    let Some(kubeconfig) = real() else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (ours, theirs) = (Site::embedded().await, Site::real(&kubeconfig).await);
        let outcome = AssertUnwindSafe(case(&ours, &theirs)).catch_unwind().await;
        theirs.leave().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}
