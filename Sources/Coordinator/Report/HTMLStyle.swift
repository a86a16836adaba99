/// The style sheet inside a report: for screens light and dark, and for paper.
enum HTMLStyle {
  static let text = """
    :root { color-scheme: light dark; --ink: #1b2733; --paper: #fff; --line: #ccd5dd; --bar: #2b6cb0; --quiet: #6b7785; }
    @media (prefers-color-scheme: dark) {
    :root { --ink: #e6ebf0; --paper: #14191f; --line: #38434e; --bar: #63a4e8; --quiet: #97a3ae; }
    }
    body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
    max-width: 80rem; padding: 0 1rem; }
    h1 { font-size: 1.7rem; margin: 0; }
    h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 2px solid var(--line); }
    h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
    small { color: var(--quiet); font-weight: normal; }
    .numbers { display: flex; flex-wrap: wrap; gap: 2rem; list-style: none; padding: 0; }
    .numbers b { display: block; font-size: 1.8rem; }
    figure { margin: 1rem 0; overflow-x: auto; }
    figcaption { font-weight: 600; }
    svg { font: 13px system-ui, sans-serif; fill: var(--ink); max-width: 100%; height: auto; }
    svg rect { fill: var(--bar); }
    svg .name { text-anchor: end; }
    table { border-collapse: collapse; width: 100%; font-size: .85rem; }
    th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid var(--line);
    overflow-wrap: anywhere; }
    th { white-space: nowrap; }
    .n { text-align: right; }
    .quiet { color: var(--quiet); }
    code { overflow-wrap: anywhere; }
    footer { margin-top: 3rem; border-top: 2px solid var(--line); font-size: .85rem; }
    @media print {
    :root { --ink: #000; --paper: #fff; --line: #999; --bar: #555; --quiet: #444; }
    body { margin: 0; max-width: none; font-size: 10pt; }
    thead { display: table-header-group; }
    tr, figure { break-inside: avoid; }
    h2, h3 { break-after: avoid; }
    rect { print-color-adjust: exact; }
    }

    """
}
