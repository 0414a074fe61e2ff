//! The demo at a standstill, served on loopback for a program of somebody else's.
//! Apart from those programs, which are pointed at it by a kubeconfig.

use std::path::PathBuf;

use tiphys::sim::serve::{kubeconfig, serve, serve_bucket};
use tiphys::sim::{Embedded, Options};
use tokio::runtime::Runtime;

/// An embedded cluster on loopback, with a folder for what the program leaves behind. Dropped, both are gone.
pub struct Served {
    pub folder: PathBuf,
    pub embedded: Embedded,
    _runtime: Runtime,
}

impl Served {
    pub fn demo(test: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let store = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let options = Options {
            bucket: Some(store.local_addr().unwrap().to_string()),
            ..Options::default()
        };
        let embedded = Embedded::paused(options).unwrap();
        {
            let _inside = runtime.enter();
            serve_bucket(embedded.bucket(), store).unwrap();
        }
        let serving = serve(embedded.api.clone(), "127.0.0.1:0".parse().unwrap());
        let (addr, _) = runtime.block_on(serving).unwrap();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("served-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config"), kubeconfig(addr, "demo")).unwrap();
        Self {
            folder,
            embedded,
            _runtime: runtime,
        }
    }

    /// The file that leads to it.
    pub fn config(&self) -> PathBuf {
        self.folder.join("config")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
