//! Merging, hiding, searching and jumping in a log.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn line(step: &str, second: i64, text: &str) -> LogLine {
    LogLine {
        at: Some(Timestamp::from_second(second).unwrap()),
        source: Arc::new(LogSource {
            step: step.into(),
            pod: format!("pod-{step}").into(),
            container: "main".into(),
        }),
        text: text.into(),
        tints: None,
    }
}

fn texts(view: &LogView) -> Vec<String> {
    view.shown().map(|line| line.text.to_string()).collect()
}

#[test]
fn lines_of_all_containers_stand_in_order_of_time() {
    let mut view = LogView::default();
    view.take(LogEvent::Lines(vec![
        line("a", 1, "a1"),
        line("a", 3, "a3"),
    ]));
    view.take(LogEvent::Lines(vec![
        line("b", 2, "b2"),
        line("b", 3, "b3"),
    ]));
    assert_eq!(texts(&view), ["a1", "b2", "a3", "b3"]);
    view.show_only(Some("b".into()));
    assert_eq!(texts(&view), ["b2", "b3"]);
}

#[test]
fn lines_of_the_executor_stand_back_until_they_are_asked_for() {
    let mut view = LogView::default();
    view.take(LogEvent::Lines(vec![
        line(
            "a",
            1,
            "time=2026-11-22T20:20:30Z level=INFO msg=\"capturing logs\" argo=true",
        ),
        line("a", 2, "hello"),
    ]));
    assert_eq!(
        (texts(&view), view.len(), view.hidden()),
        (vec!["hello".to_string()], 1, 1)
    );
    view.toggle_executor();
    assert_eq!((view.len(), view.hidden()), (2, 0));
}

#[test]
fn who_reads_further_up_keeps_the_place_when_older_lines_come_in() {
    let mut view = LogView {
        follow: false,
        ..LogView::default()
    };
    view.take(LogEvent::Lines(
        (10..20).map(|n| line("a", n, "a")).collect(),
    ));
    view.top = 4;
    view.take(LogEvent::Lines(vec![line("b", 1, "b"), line("b", 30, "b")]));
    assert_eq!(view.top, 5);
    let first = view.window(view.top).next().and_then(|seen| seen.line.at);
    assert_eq!(first, Some(Timestamp::from_second(14).unwrap()));
}

#[test]
fn a_step_is_shown_with_its_attempts_and_items() {
    let mut view = LogView::default();
    view.take(LogEvent::Lines(vec![line("test(0)", 1, "first")]));
    view.take(LogEvent::Lines(vec![line("test(1)", 2, "second")]));
    view.take(LogEvent::Lines(vec![line("tester", 3, "another")]));
    view.show_only(Some("test".into()));
    assert_eq!(texts(&view), ["first", "second"]);
}

#[test]
fn what_the_bound_drops_is_counted() {
    let mut view = LogView::default();
    let lines = (0..5_000).map(|n| line("a", n, &format!("{n} {}", n * 7919 % 5_003)));
    view.take(LogEvent::Lines(lines.collect()));
    assert_eq!((view.len(), view.forgotten), (5_000, 0));
    view.forget(100_000);
    assert!(view.len() < 5_000 && view.len() > 1_000, "{}", view.len());
    assert_eq!(view.len() + view.forgotten, 5_000);
    let first = view.shown().next().unwrap();
    assert!(
        first.text.starts_with(&format!("{} ", view.forgotten)),
        "the oldest go"
    );
    view.forget(0);
    assert_eq!((view.len(), view.forgotten), (0, 5_000));
}

#[test]
fn the_search_goes_round() {
    let mut view = LogView::default();
    view.take(LogEvent::Lines(vec![
        line("a", 1, "ok"),
        line("a", 2, "Error one"),
        line("a", 3, "ok"),
        line("a", 4, "error two"),
    ]));
    view.set_search(Search::parse("error").unwrap());
    assert_eq!(view.match_count(), 2);
    for (line, nth) in [(1, 1), (3, 2), (1, 1)] {
        let found = view.to_match(true, 9).map(|place| place.line);
        assert_eq!((found, view.nth_match()), (Some(line), Some(nth)));
        assert_eq!(view.top, 0, "what is in view needs no scrolling");
    }
    assert!(!view.follow);
    view.take(LogEvent::Lines(vec![line("b", 0, "error before")]));
    assert_eq!(view.nth_match(), Some(2), "it stays on its line");
    let found = view
        .to_match(true, 2)
        .map(|place| (place.line, place.from, place.to));
    assert_eq!(found, Some((4, 0, 5)));
    assert_eq!(view.top, 4, "what is not in view is brought there");
    assert!(Search::parse("(").is_err());
    view.set_search(Search::parse("Error").unwrap());
    assert_eq!(view.match_count(), 1);
}

#[test]
fn errors_and_warnings_are_gone_through_in_order_and_around() {
    let mut view = LogView::default();
    let texts = [
        "ok",
        "WARN slow",
        "ok",
        "ERROR one",
        "  left: 1",
        "ERROR two",
    ];
    let lines = texts.iter().zip(1..).map(|(text, at)| line("a", at, text));
    view.take(LogEvent::Lines(lines.collect()));
    assert_eq!(view.troubles(), (2, 1));
    let mut stood = Vec::new();
    for _ in 0..4 {
        assert!(view.to_trouble(true, 3, None));
        stood.push(view.nth_trouble().unwrap().0);
    }
    assert_eq!(stood, [1, 2, 3, 1]);
    assert!(!view.follow);
    assert!(view.to_trouble(false, 3, None));
    assert_eq!(view.nth_trouble(), Some((3, 3)), "back, around the top");
    // An older error comes in above: one stands where one stood.
    view.take(LogEvent::Lines(vec![line("b", 0, "ERROR zero")]));
    assert_eq!(view.nth_trouble(), Some((4, 4)));
    view.show_only(Some("b".into()));
    assert_eq!((view.troubles(), view.nth_trouble()), ((1, 0), None));
    view.show_only(Some("c".into()));
    assert!(!view.to_trouble(true, 3, None));
}

#[test]
fn the_trouble_of_a_step_is_its_first_error_else_its_last_line() {
    let mut view = LogView::default();
    let lines = ["ok", "ERROR one", "ERROR two", "done"];
    for (step, from) in [("a(0)", 0), ("b", 10)] {
        let lines = lines
            .iter()
            .zip(from..)
            .map(|(text, at)| line(step, at, text));
        view.take(LogEvent::Lines(lines.collect()));
    }
    view.take(LogEvent::Lines(vec![
        line("c", 5, "Killed"),
        line("c", 6, "end"),
    ]));
    let aim = |step| view.aim(step).map(|aim| (aim.line, aim.is_error));
    assert_eq!(aim("b"), Some((7, true)));
    assert_eq!(aim("a"), Some((1, true)), "an attempt of it");
    assert_eq!(aim("c"), Some((5, false)));
    assert_eq!(aim("d"), None);
}

#[test]
fn a_scrollbar_maps_errors_and_matches() {
    let mut view = LogView::default();
    let text = |n: i64| match n {
        7 => "ERROR x",
        50 => "needle",
        _ => "ok",
    };
    view.take(LogEvent::Lines(
        (0..100).map(|n| line("a", n, text(n))).collect(),
    ));
    view.set_search(Search::parse("needle").unwrap());
    let cells = view.map(10);
    let errors: Vec<bool> = cells.iter().map(|cell| cell.error).collect();
    let hits: Vec<bool> = cells.iter().map(|cell| cell.hit).collect();
    assert_eq!(errors.iter().position(|error| *error), Some(0));
    assert_eq!(hits.iter().position(|hit| *hit), Some(5));
    assert_eq!(errors.iter().chain(&hits).filter(|some| **some).count(), 2);
    assert!(
        view.map(500).iter().any(|cell| cell.error),
        "more cells than lines"
    );
}

#[test]
fn what_is_seen_of_a_json_line_is_found_and_what_is_not_seen_too() {
    let mut view = LogView::default();
    let text = r#"{"time":"t","level":"error","msg":"refund total","order":77}"#;
    view.take(LogEvent::Lines(vec![
        line("a", 1, text),
        line("a", 2, "order=78"),
    ]));
    let shown = |view: &LogView| {
        let seen = view.window(0).next().unwrap();
        let pieces = view.pieces(&seen.line)?;
        Some(pieces.into_iter().map(|(_, text)| text).collect::<String>())
    };
    assert_eq!(shown(&view).as_deref(), Some("error refund total order=77"));
    assert_eq!(view.troubles(), (1, 0));
    for (search, count, by_fields) in [
        ("order=7", 2, true),
        ("refund", 1, true),
        (r#""order":77"#, 1, false),
        ("error refund", 1, true),
    ] {
        view.set_search(Search::parse(search).unwrap());
        assert_eq!(view.match_count(), count, "{search}");
        assert_eq!(shown(&view).is_some(), by_fields, "{search}");
        assert!(view.to_match(true, 9).is_some(), "{search}");
    }
    view.set_search(Search::parse("order=7").unwrap());
    view.toggle_raw();
    assert_eq!((view.match_count(), shown(&view)), (1, None));
}

/// Something that happens to a log.
#[derive(Clone, Debug)]
enum Step {
    Lines(usize, Vec<(i64, usize)>),
    Only(Option<usize>),
    Executor,
    Search(usize),
    Filter(usize),
    Move(usize),
    Jump(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        4 => (0..3_usize, prop::collection::vec((0..40_i64, 0..5_usize), 0..8)).prop_map(|(s, l)| Step::Lines(s, l)),
        1 => prop::option::of(0..3_usize).prop_map(Step::Only),
        1 => Just(Step::Executor),
        1 => (0..3_usize).prop_map(Step::Search),
        1 => (0..3_usize).prop_map(Step::Filter),
        1 => (0..30_usize).prop_map(Step::Move),
        2 => any::<bool>().prop_map(Step::Jump),
    ];
    prop::collection::vec(one, 0..30)
}

proptest! {
    /// What is known of the lines is what going over all of them finds.
    #[test]
    fn places_are_those_of_the_lines(steps in steps()) {
        const STEPS: [&str; 3] = ["a", "b", "c"];
        const TEXTS: [&str; 5] = ["ok", "ERROR needle", "WARN x", "level=INFO argo=true needle", "needle"];
        let mut view = LogView::default();
        for step in steps {
            match step {
                Step::Lines(source, mut lines) => {
                    lines.sort();
                    let lines = lines.iter().map(|(at, text)| line(STEPS[source], *at, TEXTS[*text]));
                    let stood = view.stood_on();
                    let reading = (!view.follow).then(|| view.window(view.top).next().map(|seen| seen.line)).flatten();
                    view.take(LogEvent::Lines(lines.collect()));
                    prop_assert_eq!(view.stood_on(), stood);
                    if reading.is_some() {
                        prop_assert_eq!(view.window(view.top).next().map(|seen| seen.line), reading);
                    }
                }
                Step::Only(step) => view.show_only(step.map(|step| STEPS[step].into())),
                Step::Executor => view.toggle_executor(),
                Step::Search(word) => view.set_search(Search::parse(["", "needle", "x"][word]).unwrap()),
                Step::Filter(word) => view.set_filter(Filter::parse(["", "!ok", ".level >= warn"][word]).unwrap()),
                Step::Move(top) => {
                    view.follow = false;
                    view.top = top.min(view.len().saturating_sub(1));
                }
                Step::Jump(forward) => {
                    view.to_trouble(forward, 5, None);
                }
            }
            let all = || view.lines.iter().enumerate();
            let text = |kept: &Kept| view.line(kept, &mut view.texts.reader()).text;
            let of_step = |kept: &Kept| view.only.as_ref().is_none_or(|only| is_of(view.step(kept), only));
            let passes = |kept: &Kept| view.filter.passes(&text(kept), kept.level);
            let shown: Vec<usize> = all()
                .filter(|(_, kept)| of_step(kept) && (view.executor || !kept.executor) && passes(kept))
                .map(|(at, _)| at)
                .collect();
            let with = |wanted: &dyn Fn(&Kept) -> bool| -> Vec<usize> {
                shown.iter().copied().filter(|at| wanted(&view.lines[*at])).collect()
            };
            prop_assert_eq!(view.shown.iter().collect::<Vec<_>>(), shown.clone());
            prop_assert_eq!(view.errors.iter().collect::<Vec<_>>(), with(&|kept| kept.level == Some(Level::Error)));
            prop_assert_eq!(view.warnings.iter().collect::<Vec<_>>(), with(&|kept| kept.level == Some(Level::Warn)));
            prop_assert_eq!(view.hits.iter().collect::<Vec<_>>(), with(&|kept| view.search.is_in(&text(kept))));
            let hidden = all().filter(|(_, kept)| of_step(kept) && kept.executor && !view.executor).count();
            prop_assert_eq!(view.hidden(), hidden);
            let filtered = all().filter(|(_, kept)| of_step(kept) && (view.executor || !kept.executor) && !passes(kept)).count();
            prop_assert_eq!(view.filtered(), filtered);
            let times: Vec<i64> = view.lines.iter().map(|kept| kept.at).collect();
            prop_assert!(times.is_sorted());
        }
    }
}

#[test]
fn a_filter_hides_lines_and_says_how_many() {
    let mut view = LogView::default();
    let texts = ["ok", "ERROR one", "WARN slow", "ok"];
    view.take(LogEvent::Lines(
        texts
            .iter()
            .zip(1..)
            .map(|(text, at)| line("a", at, text))
            .collect(),
    ));
    view.set_filter(Filter::parse(".level >= warn").unwrap());
    assert_eq!(
        (self::texts(&view), view.filtered()),
        (vec!["ERROR one".to_string(), "WARN slow".to_string()], 2)
    );
    view.take(LogEvent::Lines(vec![
        line("a", 9, "ok"),
        line("a", 10, "ERROR two"),
    ]));
    assert_eq!(
        (view.len(), view.filtered(), view.troubles()),
        (3, 3, (2, 1))
    );
    view.set_filter(Filter::default());
    assert_eq!((view.len(), view.filtered()), (6, 0));
}

#[test]
fn among_many_lines_a_search_waits_until_the_typing_stops_or_somebody_wants_to_go() {
    let mut view = LogView::default();
    let lines = (0..30_000).map(|n| line("a", n, &format!("line {n:06}")));
    view.take(LogEvent::Lines(lines.collect()));
    let at = |milli| Timestamp::from_millisecond(milli).unwrap();
    for (typed, now) in [("line 0", 0), ("line 0299", 50), ("line 029998", 100)] {
        view.set_search(Search::parse(typed).unwrap());
        view.settle(at(now));
        assert_eq!((view.owes(), view.match_count()), (true, 0));
    }
    let due = view.due().unwrap();
    assert!(due > at(150), "each letter begins the wait anew");
    view.settle(due);
    assert_eq!(
        (view.owes(), view.due(), view.match_count()),
        (false, None, 1)
    );
    view.set_search(Search::parse("line 000007").unwrap());
    let found = view.to_match(true, 10).map(|place| place.line);
    assert_eq!(
        (found, view.owes()),
        (Some(7), false),
        "who goes there does not wait"
    );
    view.set_filter(Filter::parse("line 0000.7").unwrap());
    assert_eq!((view.len(), view.owes()), (30_000, true));
    view.settle(at(1_000));
    view.settle(at(2_000));
    assert_eq!((view.len(), view.filtered()), (10, 29_990));
}
