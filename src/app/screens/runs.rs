//! The Runs screen: where the cursor stands, what is filtered, how it is ordered.
//! Apart from the fleet, so that looking never changes what is known.

use serde::{Deserialize, Serialize};

use crate::app::cursor::Cursor;
use crate::app::query::Query;
use crate::app::select::SortKey;
use crate::model::key::Uid;

/// The Runs screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunsScreen {
    /// The cursor, on a uid.
    pub cursor: Cursor<Uid>,
    /// The filter.
    pub query: Query,
    /// The order.
    pub sort: SortKey,
    /// The other way round.
    pub reversed: bool,
    /// A person touched a key: the cursor stays on its run. Until then it follows the first line, the newest trouble.
    pub held: bool,
    /// Lines of the list that fit, as drawn last.
    pub height: usize,
}
