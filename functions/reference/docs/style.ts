/** The page's only style: no fonts, images or scripts from anywhere. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--panel:#f6f7f9;--ink:#1b1f24;--muted:#59636e;--line:#d9dee3;--accent:#0b5cad;--get:#0b5cad;--post:#14692d;--put:#7a5200;--patch:#7a5200;--delete:#b3261e}
@media (prefers-color-scheme:dark){:root{--paper:#0f1317;--panel:#171d23;--ink:#e4e8ec;--muted:#9aa6b2;--line:#2c353e;--accent:#79b8ff;--get:#79b8ff;--post:#7bd88f;--put:#f0c674;--patch:#f0c674;--delete:#ff9a92}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:12px}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
header,.layout,footer{max-width:1180px;margin:0 auto;padding:0 20px}
header{padding-top:36px}
h1{margin:0 0 8px;font-size:30px;line-height:1.2;letter-spacing:-.015em}
h2{margin:0 0 4px;font-size:22px;line-height:1.3;letter-spacing:-.01em}
h2::first-letter{text-transform:uppercase}
h4{margin:16px 0 6px;font-size:14px}
p{margin:0 0 12px;max-width:72ch}
.muted,footer{color:var(--muted)}
.small,footer{font-size:14px}
a{color:var(--accent)}
code,pre,.path,.method{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{font-size:.9em}
.skip{position:absolute;left:-999px}.skip:focus{left:12px;top:12px;padding:6px 10px;background:var(--panel)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
nav{font-size:14px}
nav label{display:block;margin:0 0 4px;color:var(--muted)}
nav input{width:100%;padding:7px 9px;border:1px solid var(--line);border-radius:6px;background:var(--panel);color:var(--ink);font:inherit}
nav ul{margin:4px 0 12px;padding:0;list-style:none}
nav a{display:block;padding:3px 0;color:var(--muted);text-decoration:none}
nav a:hover{color:var(--accent);text-decoration:underline}
nav summary{padding:6px 0;font-weight:600;cursor:pointer}nav summary a{display:inline}
main{min-width:0}
main>section{padding:24px 0 8px;border-top:1px solid var(--line)}
.operation{margin:0 0 8px;border:1px solid var(--line);border-radius:8px}
.operation>summary{display:grid;grid-template-columns:64px minmax(0,1fr);gap:2px 10px;align-items:baseline;padding:10px 14px;cursor:pointer;list-style:none}
.operation>summary::-webkit-details-marker{display:none}
.operation>summary:hover{background:var(--panel)}
.operation[open]>summary{border-bottom:1px solid var(--line);background:var(--panel)}
.operation h3{margin:0;font-size:15px;font-weight:600;grid-column:2}
.method{font-size:13px;font-weight:700}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.patch{color:var(--patch)}.delete{color:var(--delete)}
.path{font-size:14px}
.body{padding:12px 14px 14px}
.body>:first-child{margin-top:0}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:14px;line-height:1.45;overflow-wrap:normal}
th,td{padding:6px 14px 6px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--muted);font-size:13px;font-weight:600}
td:first-child{white-space:nowrap}
td:nth-child(2){color:var(--muted);max-width:320px;overflow-wrap:anywhere}
.required{color:var(--delete);font-size:12px}
pre{margin:0;padding:12px;overflow:auto;max-height:420px;border-radius:6px;background:var(--panel);font-size:13px;line-height:1.5;white-space:pre}
.code{position:relative}
.code button{position:absolute;top:6px;right:6px;padding:3px 10px;border:1px solid var(--line);border-radius:6px;background:var(--paper);color:var(--ink);font:inherit;font-size:13px;cursor:pointer}
.answers{margin:0;padding:0;list-style:none;font-size:14px}
.answers li{padding:3px 0}
.answers code{display:inline-block;min-width:44px}
[hidden]{display:none!important}
footer{padding-top:16px;padding-bottom:40px}
@media (min-width:900px){.layout{display:grid;grid-template-columns:230px minmax(0,1fr);gap:40px;margin-top:20px}nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:16px 4px 16px 4px}main>section:first-child{border-top:0;padding-top:12px}}
@media (max-width:899px){nav{padding:12px 0 20px}nav .groups{display:flex;flex-wrap:wrap;gap:0 14px}nav details ul{display:none}nav summary{list-style:none;padding:2px 0}nav summary::-webkit-details-marker{display:none}}
@media (max-width:520px){header,.layout,footer{padding-left:14px;padding-right:14px}h1{font-size:25px}.operation>summary{grid-template-columns:1fr;gap:0;padding:10px 12px}.operation h3{grid-column:1}.body{padding:12px}table,tbody,tr,td{display:block}thead{display:none}tr{padding:6px 0;border-bottom:1px solid var(--line)}td,td:first-child{padding:1px 0;border:0;white-space:normal;max-width:none}}
@media print{nav{display:none}.layout{display:block}.code button{display:none}}
`;
