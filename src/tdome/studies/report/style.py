"""The style sheet of a report: colours after Okabe and Ito, for light, dark and paper."""

STYLE = """
:root { --paper: #fff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --note: #fff6d8;
  --c0: #0072b2; --c1: #d55e00; --c2: #007a5a; --c3: #a65a8c; --c4: #8a6d00; --c5: #3aa6dd;
  --c6: #5f5f5f; --c7: #b0492c; color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6e9ed;
  --soft: #9aa4af; --line: #39424d; --note: #3a3213; --c0: #56b4e9; --c1: #e69f00; --c2: #2fc79a;
  --c3: #dd9cc4; --c4: #f0e442; --c5: #8fd0f2; --c6: #b5b5b5; --c7: #ff8f66; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 70rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { margin-top: 2.2rem; font-size: 1.25rem;
  border-bottom: 1px solid var(--line); } h3 { font-size: 1rem; margin-bottom: 0.3rem; }
.question { font-size: 1.15rem; } .soft, caption { color: var(--soft); }
.doubts { background: var(--note); border-left: 4px solid var(--c1); padding: 0.6rem 1rem 0.6rem
  2rem; } .doubts li { margin: 0.3rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 0.3rem 0; }
th, td { padding: 0.2rem 0.6rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
td.n { text-align: right; white-space: nowrap; } td small { color: var(--soft); }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
figure details { font-size: 0.75rem; color: var(--soft); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.8rem; }
.effects { display: flex; flex-wrap: wrap; gap: 1rem; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr { break-inside: avoid; } thead { display: table-header-group; }
  figure details { display: none; } .wide { overflow: visible; } }
"""
