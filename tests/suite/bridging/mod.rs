//! `tiphys bridge` between real files and the embedded cluster, in virtual time: each version of a task is verified once and told
//! once, whoever else writes and wherever a bridge ends.
//! Apart from the unit tests, because files, QARuns and a controller must be there for it.

mod crash;
mod race;
mod stories;
mod world;
