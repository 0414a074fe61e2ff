//! The Criteria tab: what is found of each criterion of a run, and the way from there to its step, its log and an approval.
//! Apart from the verdicts themselves, which are tested beside the templates: here keys are pressed.

use std::time::Duration;

use serde_json::{Value, json};
use tiphys::app::criteria::Stand;
use tiphys::app::screens::run::{Pane, RunPage, Tab};
use tiphys::cluster::Cluster;
use tiphys::library::{Made, render};
use tiphys::model::qarun::Which;
use tiphys::runtime::effects::Source;
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario};

use crate::bench::{self, Bench};
use crate::library::spec;
use crate::screens::look_all;

/// Two minutes after a bench begins.
const LATER: &str = "2026-11-22T02:16:00Z";

const SPEC: &str = "
taskId: '15.10'
service: checkout
image: registry.example/qa:1
environments: [{name: staging, url: https://staging.example}]
criteria:
  - {id: builds, text: The service builds, kind: command, command: {argv: [make]}}
  - {id: up, text: 'It is up, and says so', kind: http, http: {url: /healthz}}
  - {id: total, text: The refund total is that of the order, kind: command, command: {argv: [./total]}}
  - {id: wording, text: Error messages name what to do next, required: false, kind: command, command: {argv: [./lint]}}
  - {id: load, text: It stands 500 requests per second for half an hour, kind: command, command: {argv: [k6]}}
  - {id: sign-off, text: The product owner has seen a refund, kind: manual, manual: {instructions: Refund order 77 and look at the ledger, who: [ada]}}
";

/// What the steps of those do.
fn plan() -> Value {
    json!({
        "builds": {"seconds": 12, "outputs": {"verdict": "pass", "evidence": "built in 11 s"}},
        "total": {"seconds": 38, "exit": 1, "outputs": {
            "verdict": "fail", "evidence": "it ended with exit code 1, not 0 left: 19.90 right: 19.99"}},
        "wording": {"seconds": 4, "exit": 1, "outputs": {"verdict": "fail", "evidence": "3 messages say only: error"}},
        "load": {"seconds": 3000},
    })
}

/// On the run page of a workflow made of a spec, two minutes after its begin.
async fn on_the_run(yaml: &str) -> (Embedded, Bench) {
    let cluster = bench::still(Scenario::Empty);
    let made = Made {
        workflow: "qa-15-10-a1",
        namespace: "payments",
        attempt: 1,
        ..Made::default()
    };
    let mut workflow = render(&spec(yaml), &made).unwrap();
    workflow["metadata"]["annotations"] = json!({"tiphys.dev/plan": plan().to_string()});
    let store = cluster.api.store();
    store.put(WORKFLOWS, workflow, Origin::Client);
    // The cluster stands still from here on, and it is as late for who looks at it.
    cluster.advance(Duration::from_secs(120));
    let client = Cluster::from_service(cluster.api.clone(), "demo");
    let mut bench = Bench::of(Source::Ready(client), bench::options(), LATER);
    bench.seconds(10.0).await;
    bench.stand_on("qa-15-10-a1");
    bench.press("enter");
    bench.seconds(2.0).await;
    (cluster, bench)
}

/// The label of the step under the cursor.
fn step(bench: &Bench) -> String {
    let page = bench.state.page().expect("a page");
    let focus = bench.state.focus_on(&page.key).expect("a focus");
    let row = page.steps.row().expect("a step");
    focus.tree().branches[row.branch].label.to_string()
}

/// The criterion the cursor of the tab stands on.
fn on(page: &RunPage) -> Option<&Which> {
    match page.criterion.on()? {
        Stand::Criterion(which) => Some(which),
        Stand::Attempt(_) => None,
    }
}

#[tokio::test(start_paused = true)]
async fn criteria_stand_with_what_is_not_met_first_and_the_steps_go_along() {
    let (_cluster, mut bench) = on_the_run(SPEC).await;
    bench.press("C");
    bench.shows(&["Criteria 2/6", "2 of 6 met", "2 of 5 required"]);
    look_all("criteria", &bench.state, bench.now());
    assert_eq!(step(&bench), "total");
    bench.shows(&[
        "it ended with exit code 1",
        "The refund total is that of the order",
    ]);
    bench.press("j");
    assert_eq!(step(&bench), "wording");
    bench.shows(&["optional"]);
    // Nobody is asked about another one than the one that is looked at.
    bench.press("x u");
    bench.seconds(2.0).await;
    assert!(bench.state.orders.dialog.is_none());
    bench.shows(&["this criterion waits for nobody"]);
    // The one that waits for somebody is answered where any other step is.
    bench.press("j");
    assert_eq!(step(&bench), "sign-off");
    bench.shows(&["ada: Refund order 77", "x u approve"]);
    bench.press("x u");
    bench.seconds(2.0).await;
    bench.shows(&["sign-off"]);
    assert!(bench.state.orders.dialog.is_some());
    bench.press("esc");
    bench.press("g g l");
    let page = bench.state.page().expect("a page");
    assert_eq!(page.tab, Tab::Log);
    assert_eq!(bench.state.log.only.as_deref(), Some("total"));
    bench.press("C G enter");
    let page = bench.state.page().expect("a page");
    assert_eq!((page.pane, page.tab), (Pane::Steps, Tab::Criteria));
    assert_eq!(step(&bench), "up");
    // And the other way round.
    bench.press("e");
    let page = bench.state.page().expect("a page");
    assert_eq!(on(page).map(|one| &*one.id), Some("total"));
}

#[tokio::test(start_paused = true)]
async fn of_several_environments_each_has_its_own_verdict_and_what_is_not_begun_is_told() {
    let two = SPEC.replace(
        "[{name: staging",
        "[{name: production, url: https://example}, {name: staging",
    ) + "template: {name: multi-environment, parameters: {order: sequence}}\n";
    let (_cluster, mut bench) = on_the_run(&two).await;
    bench.press("C");
    bench.shows(&["2 of 12 met", "production", "staging", "Not begun"]);
    assert_eq!(step(&bench), "total");
    // Of one whose environment is not begun there is no step yet: the cursor stands on the environment, and stays on the criterion.
    bench.press("j j j j");
    assert_eq!(step(&bench), "env-staging");
    bench.seconds(2.0).await;
    let page = bench.state.page().expect("a page");
    let on = on(page).expect("a criterion");
    assert_eq!(
        (on.environment.as_deref(), &*on.id),
        (Some("staging"), "builds")
    );
    bench.press("G");
    assert_eq!(step(&bench), "up");
}

#[tokio::test(start_paused = true)]
async fn a_run_of_no_criteria_has_no_such_tab() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = crate::screens::on_the_story(&cluster).await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(2.0).await;
    bench.hides(&["Criteria"]);
    bench.press("l right");
    assert_eq!(
        bench.state.page().map(|page| page.tab),
        Some(Tab::Parameters)
    );
    bench.press("C");
    bench.shows(&["there are no criteria of this run"]);
    assert_eq!(
        bench.state.page().map(|page| page.tab),
        Some(Tab::Parameters)
    );
}
