#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn nothing_is_found_where_nothing_is_said() {
    assert_eq!(found(&Task::default(), None), []);
}
