//! Signs of the terminal to somebody who does not look at it: its bell, and messages of its own.
//! Apart from the terminal, because which bytes they are is a fact about terminals and nothing else.
//!
//! Sources: OSC 9 (iTerm2, "Proprietary Escape Codes"), OSC 777 (urxvt's `notify` extension, foot, Ghostty, VTE).

use super::envelope::Between;
use crate::app::config::rules::How;
use crate::app::effect::Alert;
use crate::model::mask::mask;
use crate::model::text::clean;

/// Longest text of a message, in characters: desktops show less.
const LONGEST: usize = 240;

/// The bytes of an alert. A terminal that would print a sequence it does not know gets the bell alone; through a
/// multiplexer, which keeps messages to itself, they go to the terminal outside.
pub fn bytes(alert: &Alert, answers: bool, between: Between) -> Vec<u8> {
    let text = mask(&alert.text);
    let text: String = clean(&text).chars().take(LONGEST).collect();
    let mut bytes = Vec::new();
    for how in &alert.how {
        match how {
            How::Bell => bytes.push(0x07),
            How::Osc9 if answers => {
                bytes.extend(between.wrap(&format!("\x1b]9;{text}\x07")).into_bytes());
            }
            How::Osc777 if answers => {
                let message = format!("\x1b]777;notify;Tiphys;{text}\x07");
                bytes.extend(between.wrap(&message).into_bytes());
            }
            How::Osc9 | How::Osc777 | How::Toast => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_one_sequence_each_and_nothing_of_the_text_is_one() {
        let alert = Alert {
            how: vec![How::Bell, How::Osc9, How::Osc777],
            text: "pay/a failed: \u{1b}]0;x\u{7} Authorization: Bearer abcdefghijklmnop".into(),
        };
        let all = String::from_utf8_lossy(&bytes(&alert, true, Between::Nothing)).into_owned();
        assert!(
            all.starts_with("\u{7}\u{1b}]9;pay/a failed: ␛]0;x␇ "),
            "{all:?}"
        );
        assert!(
            all.contains("\u{1b}]777;notify;Tiphys;pay/a failed"),
            "{all:?}"
        );
        assert!(!all.contains("abcdefghijklmnop"), "{all:?}");
        assert_eq!(all.matches('\u{1b}').count(), 2);
        let in_tmux = bytes(&alert, true, Between::Tmux);
        let in_tmux = String::from_utf8_lossy(&in_tmux).into_owned();
        assert!(
            in_tmux.contains("\u{1b}Ptmux;\u{1b}\u{1b}]9;pay/a failed"),
            "{in_tmux:?}"
        );
        assert_eq!(bytes(&alert, false, Between::Nothing), [7]);
    }
}
