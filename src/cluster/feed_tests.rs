//! Every fault of `feed` and `watch`, played to a whole fleet in virtual time.
//! Apart from the feed itself, because the list of faults is longer than the code that survives them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use futures::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use super::connect::Cluster;
use super::fleet::FleetEvent;
use super::held::Near;
use super::seen::{Seen, fleet, three, truth, watch_for};
use super::testing::{Fault, Server, seconds};
use crate::model::delta::{Delta, FeedEvent, Freshness, Scope};
use crate::model::trouble::Trouble;

#[tokio::test(start_paused = true)]
async fn a_failed_run_is_first_and_the_whole_fleet_follows() {
    let server = three();
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 1).await;
    assert_eq!(seen.row_events[0], Delta::Put("Failed".to_string()));
    assert_eq!(
        seen.row_events.len(),
        3,
        "nothing is said twice: {:?}",
        seen.row_events
    );
    assert_eq!(seen.all(), truth(&server));
    assert_eq!(seen.last(), &Freshness::Live);
    let active: Vec<_> = seen.active[&None].keys().map(ToString::to_string).collect();
    assert_eq!(active, ["a/one"]);
    server.put("a", "one", "Succeeded");
    watch_for(&mut stream, &mut seen, 1).await;
    assert!(
        seen.active[&None].is_empty(),
        "a run that is over leaves the active feed"
    );
    assert_eq!(seen.all(), truth(&server), "and stays in the rows");
}

#[tokio::test(start_paused = true)]
async fn an_expired_watch_is_listed_again_in_one_piece() {
    let server = three();
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 1).await;
    for bare in [false, true] {
        server.cut_watches();
        server.delete("a", "two");
        server.put("c", "four", "Running");
        let before = seen.resets;
        server.compact();
        if bare {
            server.fail("watch=1", Fault::Status(410, "Expired", None));
            server.fail("watch=1", Fault::Status(410, "Expired", None));
        }
        watch_for(&mut stream, &mut seen, 200).await;
        assert_eq!(seen.resets, before + 1, "bare: {bare}");
        assert_eq!(seen.all(), truth(&server));
        assert_eq!(seen.last(), &Freshness::Live);
        server.put("a", "two", "Error");
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_page_token_starts_the_list_over() {
    let server = Server::new();
    for number in 0..1200 {
        server.put("a", &format!("run-{number:04}"), "Succeeded");
    }
    server.fail("continue=", Fault::Status(410, "Expired", None));
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 1).await;
    assert_eq!(seen.resets, 1);
    assert_eq!(seen.all(), truth(&server));
    assert!(seen.freshness[&None].iter().any(|f| matches!(
        f,
        Freshness::Listing {
            remaining: Some(700)
        }
    )));
}

#[tokio::test(start_paused = true)]
async fn closed_and_broken_watches_go_on_where_they_were() {
    let server = three();
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 60).await;
    for round in 0..6 {
        if round % 2 == 0 {
            server.close_watches();
        } else {
            server.break_watches();
        }
        server.put(
            "a",
            "one",
            if round % 2 == 0 { "Pending" } else { "Running" },
        );
        server.delete("b", "three");
        server.put("b", "three", "Succeeded");
        watch_for(&mut stream, &mut seen, 60).await;
        assert_eq!(seen.all(), truth(&server), "round {round}");
        assert_eq!(seen.last(), &Freshness::Live);
    }
    assert_eq!(seen.resets, 0, "no list was needed");
}

#[tokio::test(start_paused = true)]
async fn garbage_in_the_stream_is_skipped_and_the_stream_goes_on() {
    let server = three();
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 1).await;
    let lists = server.requests().len();
    server.inject(b"{\"type\":\"MODIFIED\",\"object\":{\"rows\":[{\"cells\"\n");
    server.inject(b"\xff\xfe not json\n\n");
    server.inject(b"{\"type\":\"SURPRISE\",\"object\":{}}\n");
    server.inject(&vec![b'x'; 9 << 20]);
    server.inject(b"\n");
    server.put("a", "one", "Failed");
    watch_for(&mut stream, &mut seen, 1).await;
    assert_eq!(seen.all(), truth(&server));
    assert_eq!(server.requests().len(), lists, "no request was needed");
}

#[tokio::test(start_paused = true)]
async fn an_object_without_uid_becomes_a_row_that_says_so() {
    let server = three();
    server.fail(
        "limit=500",
        Fault::Raw(200, br#"{"kind":"Table","metadata":{"resourceVersion":"103"},"rows":[{"cells":["odd","Running"],"object":{"metadata":{"name":"odd","labels":7}}}]}"#.to_vec(), vec![]),
    );
    let cluster = Cluster::from_service(server.clone(), "test");
    let mut stream = cluster.fleet(Scope::All);
    let until = Instant::now() + seconds(1);
    let mut malformed = Vec::new();
    while let Ok(Some(event)) = timeout_at(until, stream.next()).await {
        if let FleetEvent::Rows(_, FeedEvent::Deltas(deltas)) = event {
            for delta in deltas {
                if let Delta::Put(row) = delta
                    && row.malformed.is_some()
                {
                    malformed.push(row.key.name.to_string());
                }
            }
        }
    }
    assert_eq!(malformed, ["odd"]);
}

#[tokio::test(start_paused = true)]
async fn duplicate_and_reordered_events_change_nothing() {
    let server = three();
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 1).await;
    server.put("a", "one", "Failed");
    server.delete("a", "one");
    server.put("a", "one", "Running");
    server.put("b", "three", "Error");
    watch_for(&mut stream, &mut seen, 1).await;
    let said = seen.row_events.len();
    server.repeat_backwards(7);
    watch_for(&mut stream, &mut seen, 1).await;
    assert_eq!(seen.all(), truth(&server));
    assert_eq!(seen.row_events.len(), said, "nothing new was said");
}

#[tokio::test(start_paused = true)]
async fn a_silent_watch_on_a_dead_server_is_stale_within_forty_seconds_and_recovers() {
    let server = three();
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 1).await;
    server.cut_watches();
    server.deaf(true);
    watch_for(&mut stream, &mut seen, 36).await;
    assert!(
        matches!(seen.last(), Freshness::Stale { .. }),
        "{:?}",
        seen.last()
    );
    assert_eq!(seen.all().len(), 3, "old rows stay");
    server.put("a", "one", "Failed");
    server.deaf(false);
    watch_for(&mut stream, &mut seen, 61).await;
    assert_eq!(seen.last(), &Freshness::Live);
    assert_eq!(seen.all(), truth(&server));
}

#[tokio::test(start_paused = true)]
async fn a_deaf_watch_on_a_living_server_is_opened_anew() {
    let server = three();
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 1).await;
    server.cut_watches();
    server.put("a", "one", "Failed");
    watch_for(&mut stream, &mut seen, 150).await;
    assert_eq!(seen.all(), truth(&server));
    assert!(
        !seen.freshness[&None]
            .iter()
            .any(|f| matches!(f, Freshness::Stale { .. }))
    );
}

#[tokio::test(start_paused = true)]
async fn a_quiet_fleet_costs_few_requests() {
    let server = three();
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 3600).await;
    // Per feed: a heartbeat every 30 s at most, a reopened watch every two minutes.
    assert!(
        server.requests().len() < 2 * (120 + 40),
        "{}",
        server.requests().len()
    );
    assert_eq!(seen.last(), &Freshness::Live);
}

#[tokio::test(start_paused = true)]
async fn forbidden_everywhere_is_asked_namespace_by_namespace() {
    let server = three();
    server.forbid(&["", "b"]);
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 2).await;
    assert!(matches!(
        seen.last(),
        Freshness::Denied {
            why: Trouble::Forbidden {
                namespace: None,
                ..
            }
        }
    ));
    let b = seen.freshness[&Some("b".into())].last().unwrap();
    assert!(
        matches!(b, Freshness::Denied { why: Trouble::Forbidden { namespace: Some(ns), .. } } if ns == "b")
    );
    assert_eq!(
        seen.freshness[&Some("a".into())].last(),
        Some(&Freshness::Live)
    );
    assert_eq!(seen.rows[&Some("a".into())].len(), 2);
    server.forbid(&[""]);
    server.put("new", "run", "Running");
    watch_for(&mut stream, &mut seen, 100).await;
    assert_eq!(
        seen.all(),
        truth(&server),
        "a right given later and a new namespace are noticed"
    );
    server.delete("new", "run");
    watch_for(&mut stream, &mut seen, 100).await;
    assert_eq!(seen.all(), truth(&server));
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_list_namespaces_the_context_s_own_is_watched() {
    let server = three();
    server.put("default", "mine", "Running");
    server.forbid(&[""]);
    server.forbid_namespaces();
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 2).await;
    assert_eq!(seen.all().len(), 1);
    assert_eq!(seen.all()[0].0, "default/mine");
}

#[tokio::test(start_paused = true)]
async fn a_crd_installed_later_is_noticed() {
    let server = three();
    server.absent(true);
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 5).await;
    assert!(matches!(
        seen.last(),
        Freshness::Denied {
            why: Trouble::NoSuchKind { .. }
        }
    ));
    server.absent(false);
    watch_for(&mut stream, &mut seen, 40).await;
    assert_eq!(seen.last(), &Freshness::Live);
    assert_eq!(seen.all(), truth(&server));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_lasts_is_asked_about_ever_less_and_a_right_is_noticed() {
    let server = three();
    server.absent(true);
    let (mut stream, mut seen) = fleet(&server);
    let asked = || server.requests().len();
    watch_for(&mut stream, &mut seen, 20).await;
    let first = asked();
    watch_for(&mut stream, &mut seen, 15).await;
    assert!(asked() > first, "soon at first");
    watch_for(&mut stream, &mut seen, 1_200).await;
    let before = asked();
    watch_for(&mut stream, &mut seen, 3_600).await;
    // Two feeds, an hour, every five minutes more or less a tenth.
    let hour = asked() - before;
    assert!((20..=28).contains(&hour), "{hour}");
    server.absent(false);
    watch_for(&mut stream, &mut seen, 340).await;
    assert_eq!(seen.last(), &Freshness::Live);
    assert_eq!(seen.all(), truth(&server));
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    let server = three();
    for _ in 0..3 {
        server.fail(
            "includeObject",
            Fault::Status(429, "TooManyRequests", Some(30)),
        );
    }
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 29).await;
    assert!(matches!(
        seen.last(),
        Freshness::Stale {
            why: Trouble::Busy {
                retry_after: Some(30),
                ..
            },
            ..
        }
    ));
    let asked = |server: &Server| {
        server
            .requests()
            .iter()
            .filter(|r| r.contains("includeObject"))
            .count()
    };
    assert!(asked(&server) <= 2, "{:?}", server.requests());
    watch_for(&mut stream, &mut seen, 120).await;
    assert_eq!(seen.last(), &Freshness::Live);
    assert_eq!(seen.all(), truth(&server));
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_500_is_met_with_growing_pauses() {
    let server = three();
    for _ in 0..1000 {
        server.fail("workflows", Fault::Status(500, "InternalError", None));
    }
    let (mut stream, mut seen) = fleet(&server);
    watch_for(&mut stream, &mut seen, 600).await;
    let asked = server.requests().len();
    assert!(
        (20..140).contains(&asked),
        "two feeds for ten minutes: {asked}"
    );
    assert!(matches!(
        seen.last(),
        Freshness::Stale {
            why: Trouble::Server { .. },
            ..
        }
    ));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_looks_at_is_read_last_and_right_even_where_the_watch_breaks_off() {
    let (server, near) = (three(), Near::default());
    near.set(std::iter::empty());
    let cluster = Cluster::from_service(server.clone(), "test");
    let mut stream = cluster.fleet_with_qaruns(Scope::All, near);
    let mut seen = Seen::default();
    watch_for(&mut stream, &mut seen, 3).await;
    let phases = |seen: &Seen| -> Vec<String> { seen.active[&None].values().cloned().collect() };
    for ends in [false, true] {
        server.put("a", "one", "Pending");
        watch_millis(&mut stream, &mut seen, 100).await;
        assert_eq!(
            phases(&seen),
            ["Pending"],
            "the first change is read at once"
        );
        server.put("a", "one", "Running");
        watch_millis(&mut stream, &mut seen, 100).await;
        assert_eq!(phases(&seen), ["Pending"], "the next one waits");
        assert_eq!(seen.all(), truth(&server), "and its row does not");
        if ends {
            server.break_watches();
            watch_millis(&mut stream, &mut seen, 100).await;
        } else {
            watch_for(&mut stream, &mut seen, 2).await;
        }
        assert_eq!(phases(&seen), ["Running"], "ends: {ends}");
        watch_for(&mut stream, &mut seen, 2).await;
    }
    server.put("a", "one", "Pending");
    server.put("a", "one", "Running");
    server.put("a", "one", "Succeeded");
    watch_millis(&mut stream, &mut seen, 100).await;
    assert!(seen.active[&None].is_empty(), "an end never waits");
}

async fn watch_millis(
    stream: &mut (impl Stream<Item = FleetEvent> + Unpin),
    seen: &mut Seen,
    millis: u64,
) {
    let until = Instant::now() + Duration::from_millis(millis);
    while let Ok(Some(event)) = timeout_at(until, stream.next()).await {
        seen.take(event);
    }
}
