"""How the page looks: one style sheet, a colour scheme for light and one for dark, and no font or picture to load.

Nothing scrolls sideways: code and values break where they must, so that a phone and a printer show all of them.
"""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #ffffff; --surface: #f5f6f8; --border: #cfd5dc;
  --text: #1b2026; --dim: #56606b; --link: #0b57b0; --marked: #ffe08a;
  --error: #a8201a; --warning: #7c4a03; --info: #0b57b0; --good: #12652f; --incomplete: #7a2d8c;
  --keyword: #9a2169; --string: #0c6138; --number: #0b57b0; --comment: #5d6670; --defined: #5a3ec8;
  --added: #e3f5e6; --deleted: #fdebea;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --surface: #1d2126; --border: #3a424c;
    --text: #e3e7ec; --dim: #a4aeb9; --link: #86bbff; --marked: #4d3e00;
    --error: #ff9d94; --warning: #f1bd68; --info: #86bbff; --good: #7fd89a; --incomplete: #e2a6f2;
    --keyword: #ff9ccb; --string: #8fdcaa; --number: #86bbff; --comment: #a0aab5; --defined: #c3b4ff;
    --added: #17301f; --deleted: #3a1d1e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem clamp(0.75rem, 4vw, 2.5rem) 4rem; max-width: 68rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; text-size-adjust: 100%;
}
h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.25rem; margin-top: 2.75rem; padding-bottom: 0.35rem; border-bottom: 1px solid var(--border); }
h3 { font-size: 1.05rem; }
h3 code { font-size: inherit; font-weight: inherit; }
p { margin: 0.6rem 0; }
a { color: var(--link); text-underline-offset: 0.15em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
:target { scroll-margin-top: 1rem; outline: 2px solid var(--link); outline-offset: 4px; }
code, pre { font: 0.875rem/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
code { direction: ltr; unicode-bidi: isolate; white-space: pre-wrap; tab-size: 4; }
pre {
  margin: 0.6rem 0; padding: 0.6rem 0.75rem;
  background: var(--surface); border: 1px solid var(--border); border-radius: 6px; white-space: pre-wrap;
}
.prose { white-space: pre-line; max-width: 46rem; }
.dim, caption { color: var(--dim); }

.status {
  margin: 1rem 0; padding: 0.75rem 1rem;
  background: var(--surface); border-left: 6px solid; border-radius: 6px;
}
.status, .notice { font-weight: 600; }
.notice { color: var(--warning); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.4rem 1.25rem; margin: 1rem 0; padding: 0; list-style: none; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.15rem 1rem; margin: 1rem 0; }
dt { color: var(--dim); }
dd { margin: 0; }

article { margin: 1.25rem 0 2rem; padding-left: 1rem; border-left: 4px solid var(--border); }
article.error { border-color: var(--error); }
article.warning { border-color: var(--warning); }
article.info { border-color: var(--info); }
.tags { display: flex; flex-wrap: wrap; gap: 0.3rem 0.5rem; margin: 0.4rem 0; padding: 0; list-style: none; }
.tags li { padding: 0.05rem 0.5rem; border: 1px solid; border-radius: 999px; font-size: 0.8125rem; color: var(--dim); }
.error > .tags .severity, .status.findings { color: var(--error); }
.warning > .tags .severity, .status.suspected { color: var(--warning); }
.info > .tags .severity { color: var(--info); }
.status.incomplete { color: var(--incomplete); }
.tags .evidence { color: var(--text); font-weight: 600; }
.good, .status.clean { color: var(--good); }
.bad { color: var(--error); }

table { width: 100%; margin: 0.75rem 0; border-collapse: collapse; }
caption { padding-bottom: 0.3rem; text-align: left; font-size: 0.875rem; }
th, td { padding: 0.4rem 0.6rem; border: 1px solid var(--border); text-align: left; vertical-align: top; }
th { background: var(--surface); font-size: 0.875rem; }
th pre { margin: 0; padding: 0; border: 0; font-weight: 400; }
.outcomes { table-layout: fixed; }
article > div + div { margin-top: 1.5rem; }
.judged { display: block; margin-top: 0.25rem; font-size: 0.8125rem; font-weight: 600; }
.good::before { content: "✓ " / ""; }
.bad::before { content: "✗ " / ""; }
td div code { display: block; }
mark { background: var(--marked); color: inherit; text-decoration: underline 2px; text-underline-offset: 0.2em; }
.end::after { content: "↵" / ""; color: var(--dim); }

.rows { display: grid; }
.line { padding-left: 5ch; text-indent: -5ch; }
.line::before {
  content: attr(data-line); display: inline-block; min-width: 4ch; margin-right: 1ch;
  color: var(--dim); text-indent: 0; text-align: right;
}
.added { background: var(--added); }
.deleted { background: var(--deleted); }
.hunk, .comment { color: var(--comment); }
.keyword, .decorator { color: var(--keyword); }
.string { color: var(--string); }
.number, .constant { color: var(--number); }
.definition { color: var(--defined); font-weight: 600; }

details { margin: 0.6rem 0; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
footer { margin-top: 3rem; color: var(--dim); font-size: 0.875rem; }

@media (max-width: 34rem) {
  dl { grid-template-columns: minmax(0, 1fr); }
  dd { margin-bottom: 0.4rem; }
  article { padding-left: 0.6rem; }
  th, td { padding: 0.35rem 0.4rem; }
  .listing thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .listing, .listing tbody, .listing tr, .listing td { display: block; }
  .listing tr { padding: 0.5rem 0; }
  .listing tr + tr { border-top: 1px solid var(--border); }
  .listing td { padding: 0.1rem 0; border: 0; }
  .listing td::before { content: attr(data-label) ": "; color: var(--dim); }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  h2, h3, .tags, caption { break-after: avoid; }
  tr, .line { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
"""
