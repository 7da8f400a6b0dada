"""What script/bench runs: parts that measure, and the page that says what they found."""
