# Runs the command in its arguments and judges it. Each argument, and each variable TIPHYS_* that holds a text, is as `printf %b` reads it.
# Ends with 0: met, 1: not met, 125: nobody can say. Leaves verdict and evidence in /tiphys; why it is not met, also in the pod.
unset TIPHYS_SCRIPT
plain() { printf '%b.' "$1"; }
left=$#
while [ "$left" -gt 0 ]; do
  word=$(plain "$1"); shift; set -- "$@" "${word%.}"; left=$((left - 1))
done
rm -f /tiphys/code
{ "$@"; echo "$?" > /tiphys/code; } | tee /tiphys/stdout
code=$(cat /tiphys/code 2>/dev/null || echo 125)
why= ; verdict=pass
unmet() { verdict=fail; why=$1; }
unknown() { verdict=inconclusive; why=$1; }
has() { grep "$1" -q -e "$2" /tiphys/stdout; }
tags() { tr '<' '\n' < "$report" | grep -c -E "^($1)([[:space:]/>]|\$)"; }
by_exit() {
  if [ "$code" -ne "${TIPHYS_EXIT:-0}" ]; then
    case $code in
      12[567]|137) unknown "it could not run: exit code $code" ;;
      *) unmet "it ended with exit code $code, not ${TIPHYS_EXIT:-0}" ;;
    esac
  fi
}
by_output() {
  if [ -n "${TIPHYS_CONTAINS:-}" ]; then
    text=$(plain "$TIPHYS_CONTAINS"); text=${text%.}
    has -F "$text" || unmet "its output does not have: $text"
  fi
  if [ -n "${TIPHYS_MATCHES:-}" ]; then
    text=$(plain "$TIPHYS_MATCHES"); text=${text%.}
    has -E "$text"
    case $? in 0) ;; 1) unmet "no line of its output matches: $text" ;; *) unknown "grep cannot read the pattern: $text" ;; esac
  fi
}
by_report() {
  report=$(plain "$TIPHYS_REPORT"); report=${report%.}
  if [ ! -r "$report" ]; then unknown "it left no report at $report (exit code $code)"; return; fi
  tests=$(tags testcase); bad=$(tags 'failure|error')
  echo "$report: $tests tests, $bad failures and errors, $TIPHYS_ALLOWED allowed" | tee -a /tiphys/stdout
  if [ "$tests" -eq 0 ]; then unknown "there are no tests in $report (exit code $code)"
  elif [ "$bad" -gt "$TIPHYS_ALLOWED" ]; then unmet "$bad of $tests tests failed, $TIPHYS_ALLOWED are allowed"
  elif [ "$bad" -eq 0 ] && [ "$code" -ne 0 ]; then unmet "it ended with exit code $code although no test failed"
  fi
}
if [ -n "${TIPHYS_REPORT:-}" ]; then by_report; else by_exit; [ -n "$why" ] || by_output; fi
{ [ -z "$why" ] || printf '%s\n' "$why"; tail -n 20 /tiphys/stdout | tail -c 2000; } > /tiphys/evidence
printf '%s' "$verdict" > /tiphys/verdict
case $verdict in
  pass) exit 0 ;;
  fail) printf '%s' "$why" > /dev/termination-log 2>/dev/null; exit 1 ;;
  *) printf '%s' "$why" > /dev/termination-log 2>/dev/null; exit 125 ;;
esac
