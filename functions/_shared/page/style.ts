import { createHash } from 'node:crypto';

/** The page's only style: no fonts, images or scripts from anywhere. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--panel:#f6f7f9;--ink:#1b1f24;--muted:#59636e;--line:#d9dee3;--accent:#0b5cad;--good:#14692d;--good-bg:#edf7ef;--bad:#b3261e;--bad-bg:#fdf0ef;--wait:#7a5200;--wait-bg:#fdf6e7;--s1:#0b5cad;--s2:#b5490f;--s3:#1d7a46;--s4:#7b3fa0}
@media (prefers-color-scheme:dark){:root{--paper:#0f1317;--panel:#171d23;--ink:#e4e8ec;--muted:#9aa6b2;--line:#2c353e;--accent:#79b8ff;--good:#7bd88f;--good-bg:#12231a;--bad:#ff9a92;--bad-bg:#2a1716;--wait:#f0c674;--wait-bg:#272013;--s1:#79b8ff;--s2:#ffab70;--s3:#7bd88f;--s4:#d2a8ff}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
header,.layout,footer{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:40px;padding-bottom:8px}
.eyebrow{margin:0 0 4px;color:var(--muted);font-size:13px;font-weight:600;letter-spacing:.06em;text-transform:uppercase}
h1{margin:0 0 12px;font-size:32px;line-height:1.2;letter-spacing:-.015em}
.version{color:var(--muted);font-weight:400}
h2{margin:0 0 12px;font-size:21px;line-height:1.3;letter-spacing:-.01em}
h3{margin:26px 0 8px;font-size:16px;line-height:1.4}
p{margin:0 0 12px;max-width:70ch}
.lead{font-size:18px}
.muted,.note,.small,footer{color:var(--muted)}
.note,footer{font-size:14px}
.small{display:block;font-size:14px}
.meta{display:flex;flex-wrap:wrap;gap:4px 0;color:var(--muted);font-size:14px}
.meta span:not(:last-child)::after{content:"\\00b7";margin:0 8px}
a{color:var(--accent)}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
ul{margin:0 0 12px;padding-left:20px;max-width:70ch}
li{margin:0 0 6px}
nav ul{display:flex;flex-wrap:wrap;gap:4px 16px;margin:8px 0 20px;padding:0;max-width:none;list-style:none;font-size:14px}
nav li{margin:0}
nav a{display:inline-block;padding:3px 0;color:var(--muted);text-decoration:none}
nav a:hover{color:var(--accent);text-decoration:underline}
main{min-width:0}
main>section{padding:28px 0;border-top:1px solid var(--line);scroll-margin-top:8px}
main>section.verdict,main>section.missing{margin-bottom:24px;padding:20px;border:1px solid var(--line);border-left:4px solid var(--tone);border-radius:6px;background:var(--tone-bg)}
.verdict h2{color:var(--tone)}
.verdict>:last-child,.missing>:last-child{margin-bottom:0}
.verdict ul,.missing ul{max-width:none}
.good{--tone:var(--good);--tone-bg:var(--good-bg)}.bad{--tone:var(--bad);--tone-bg:var(--bad-bg)}.wait,.missing{--tone:var(--wait);--tone-bg:var(--wait-bg)}
.missing h2{font-size:17px}
.strip{display:flex;gap:1px;margin:0 0 24px;padding:2px;overflow-x:auto;list-style:none;max-width:none}
.strip li{flex:1 1 0;min-width:4px;max-width:48px;margin:0}
.strip a{display:block;height:32px;border-radius:2px;background:var(--tone)}
dl{margin:0 0 16px}
dl div{display:grid;grid-template-columns:minmax(110px,190px) minmax(0,1fr);gap:12px;padding:6px 0;border-bottom:1px solid var(--line)}
dl div:last-child{border-bottom:0}
dt{color:var(--muted);font-size:14px}
dd{margin:0;font-size:15px}
.scroll{margin:0 0 20px;overflow-x:auto}
.scroll:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{width:100%;border-collapse:collapse;font-size:14px;line-height:1.45;overflow-wrap:normal}
caption{padding:4px 0 6px;text-align:left;color:var(--muted);font-size:14px}
th,td{padding:7px 16px 7px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;max-width:420px;overflow-wrap:break-word}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--muted);font-size:13px;font-weight:600;white-space:nowrap}
tbody th{font-weight:500;min-width:110px}tbody th.number{min-width:0}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:24px;margin:8px 0 20px}
figure{margin:0;min-width:0;max-width:420px}
figcaption{margin-bottom:6px;font-size:14px;font-weight:600}
figcaption span{display:block;color:var(--muted);font-weight:400;font-size:13px}
svg{display:block;width:100%;height:auto;font:11px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
svg text{fill:var(--muted)}svg .ink{fill:var(--ink)}
.grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--muted);stroke-width:1}
.chance{stroke:var(--muted);stroke-dasharray:4 4}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.band{opacity:.16}
.c0{stroke:var(--s1)}.c1{stroke:var(--s2)}.c2{stroke:var(--s3)}.c3{stroke:var(--s4)}
.f0{fill:var(--s1)}.f1{fill:var(--s2)}.f2{fill:var(--s3)}.f3{fill:var(--s4)}
.track{fill:var(--panel)}.bar{fill:var(--s1)}.pale{opacity:.4}.whisker{stroke:var(--ink);stroke-width:1.5}
.cell{fill:var(--s1);stroke:var(--line)}
footer{padding-top:16px;padding-bottom:40px}
@media (min-width:960px){.layout{display:grid;grid-template-columns:190px minmax(0,1fr);gap:48px;margin-top:20px}nav{position:sticky;top:24px;align-self:start}nav ul{display:block;margin:0}main>section:first-child{margin-top:0}}
@media (max-width:520px){header,.layout,footer{padding-left:16px;padding-right:16px}header{padding-top:24px}h1{font-size:26px}main>section.verdict,main>section.missing{padding:16px 12px}table{font-size:13px}thead th{font-size:12px}th,td{padding-right:10px}tbody th{min-width:84px}.verdict tbody th{min-width:108px;overflow-wrap:anywhere}dl div{grid-template-columns:minmax(0,110px) minmax(0,1fr)}}
@media print{nav{display:none}.layout{display:block}main>section{break-inside:auto}figure,tr{break-inside:avoid}.scroll{overflow:visible}body{font-size:11pt}}
`;

/** As content security policies name it. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
