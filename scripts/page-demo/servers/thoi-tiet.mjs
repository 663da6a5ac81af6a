// A server of the demo that is still being started, as with a package that npx downloads first: it answers nothing yet.
process.stdin.resume();
