//! Operations on workflows, from the order to what the controller makes of it; and the console that asks before it acts.
//! Apart from the unit tests of single requests: here somebody else decides whether they were the right ones.

mod cases;
mod churn;
pub mod console;
mod faults;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use crate::real::Real;
use world::World;

/// Cases that run beside each other: most of the time is waiting for the controller.
const TOGETHER: usize = 8;

/// One by one on the embedded cluster, where a failure is read most easily.
#[test]
fn operations_do_on_the_pretended_controller_what_they_say() {
    for case in cases::ALL {
        let world = World::pretended();
        (case.submit)(&world);
        (case.run)(&world);
    }
}

#[test]
fn operations_do_on_a_real_controller_what_they_say() {
    let Some(real) = Real::given() else { return };
    let wanted = std::env::var("TIPHYS_ACTING").unwrap_or_default();
    let cases = cases::ALL.iter();
    let cases = Mutex::new(cases.filter(|case| case.name.contains(&wanted)));
    let wrong = Mutex::new(Vec::new());
    let next = || cases.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                while let Some(case) = next() {
                    let run = || {
                        let world = World::real(&real);
                        (case.submit)(&world);
                        (case.run)(&world);
                    };
                    match catch_unwind(AssertUnwindSafe(run)) {
                        Ok(()) => println!("{}: as expected", case.name),
                        Err(_) => wrong.lock().unwrap().push(case.name),
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong:?}");
}
