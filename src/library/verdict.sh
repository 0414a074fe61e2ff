# Says what a workflow's end means.
case $TIPHYS_STATUS in Succeeded) verdict=pass ;; Failed) verdict=fail ;; *) verdict=inconclusive ;; esac
printf '%s' "$verdict" > /tiphys/verdict
echo "the workflow is $TIPHYS_STATUS: $verdict"
