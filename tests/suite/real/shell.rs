//! A shell in a real container, by the console in a terminal and from a script.
//! Apart from what is only looked at: here something is done inside.

use super::cluster::{Place, Real};
use super::looking::Console;
use super::script;

/// Two containers that do nothing for a while.
const SLEEPS: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: sleeps}
spec:
  entrypoint: main
  templates:
  - name: main
    container: {image: busybox, command: [sleep, '600']}
";

#[test]
fn a_shell_is_opened_in_a_running_step_and_the_console_returns() {
    let Some(real) = Real::given() else { return };
    let place = Place::new(&real);
    place.submit(SLEEPS);
    let mut console = Console::live(&place);
    console.line(&["Running", "sleeps"]);
    console.press("\r");
    console.text(&format!("{}/sleeps", place.name));
    // The pod runs, and its container too.
    real.until("the container runs", |_| {
        let pods = place.real.get(&format!(
            "/api/v1/namespaces/{}/pods?labelSelector=workflows.argoproj.io/workflow=sleeps",
            place.name
        ));
        let items = pods["items"].as_array().cloned().unwrap_or_default();
        items.iter().any(|pod| {
            let all = pod["status"]["containerStatuses"].as_array().cloned();
            let all = all.unwrap_or_default();
            all.iter()
                .any(|one| one["name"] == "main" && one["state"]["running"].is_object())
        })
    });
    console.shell();
    console.press("echo $((6*7)) $(stty size)\r");
    console.text("42 50 160");
    console.press("exit\r");
    console.is_live();
    console.text(&format!("{}/sleeps", place.name));
    console.press("gj");
    console.text("(step sleeps): ended with exit status 0");
    console.quit();

    let told = script::run(
        &place,
        &[
            "shell",
            "sleeps",
            "--",
            "sh",
            "-c",
            "echo out; echo err >&2; exit 7",
        ],
    );
    assert_eq!((told.code, told.out.as_str()), (7, "out\n"), "{}", told.err);
    assert!(told.err.contains("err"), "{}", told.err);
}
