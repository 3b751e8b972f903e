// Style: how the console looks. Plain CSS, light and dark.

export const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --line: #8886; --quiet: #888;
  --good: #2a7; --bad: #c33; --wait: #27c; --stopped: #c70; }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 1rem; }
form { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; }
label { display: grid; font-size: 0.85rem; color: var(--quiet); }
input { font: inherit; color: CanvasText; padding: 0.3rem 0.4rem; min-width: 18rem; }
button { font: inherit; padding: 0.3rem 0.9rem; cursor: pointer; }
#message { min-height: 1.5rem; color: var(--bad); }
#run[hidden] { display: none; }
.head { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: baseline; margin-top: 1rem; }
.badge { border: 1px solid; border-radius: 1rem; padding: 0 0.7rem; font-weight: 600; }
.completed { color: var(--good); } .failed, .halted { color: var(--bad); }
.running, .suspended, .started, .waiting { color: var(--wait); }
.cancelled, .timed_out, .paused { color: var(--stopped); }
.quiet { color: var(--quiet); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.25rem 0; max-height: 16rem; overflow: auto; }
table { width: 100%; border-collapse: collapse; margin-top: 1rem; }
th { text-align: left; font-weight: 500; color: var(--quiet); font-size: 0.85rem; }
td, th { border-top: 1px solid var(--line); padding: 0.2rem 0.5rem 0.2rem 0; vertical-align: top; }
td.path { font-family: ui-monospace, monospace; }
td.value { max-width: 20rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
td.lane { width: 40%; position: relative; min-width: 12rem; }
td.lane i { position: absolute; top: 0.5rem; height: 0.7rem; min-width: 3px; border-radius: 3px;
  background: currentColor; opacity: 0.75; }
`
