#include "vmm/compare/report_style.h"

namespace vireo::compare {

std::string report_style_sheet() {
  return R"(:root{color-scheme:light dark;
--paper:#fff;--ink:#1f2328;--quiet:#59636e;--line:#d5dbe1;--box:#f6f8fa;--warn:#fff4dc;--warn-line:#b07400;--inside:#fff;
--s0:#0072b2;--s1:#c25400;--s2:#007a5a;--s3:#a8467f;--s4:#6b6257;--s5:#8a6d00}
@media (prefers-color-scheme:dark){:root{
--paper:#0f1318;--ink:#e6edf3;--quiet:#9aa4af;--line:#333c47;--box:#181d24;--warn:#2c2410;--warn-line:#e0a83c;--inside:#0f1318;
--s0:#56b4e9;--s1:#f0883e;--s2:#2bc79a;--s3:#e08fc0;--s4:#b5aca0;--s5:#e6c229}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Helvetica,Arial,"DejaVu Sans",sans-serif;
overflow-wrap:anywhere}
main{max-width:1240px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px}
h2{font-size:20px;margin:40px 0 8px}
h3{font-size:15px;margin:0 0 8px}
p{margin:4px 0 12px;max-width:86ch}
.quiet,figcaption{color:var(--quiet)}
.headline{font-size:24px;font-weight:600;margin:20px 0 0}
.notice{border-left:4px solid var(--warn-line);background:var(--warn);padding:10px 16px;margin:20px 0;border-radius:4px}
.notice h2{font-size:16px;margin:0}
ul{margin:6px 0;padding-left:22px;max-width:104ch}
li{margin:3px 0}
figure{display:grid;grid-template-columns:minmax(0,640px) minmax(0,1fr);gap:12px 32px;align-items:start;margin:20px 0 32px}
figure.wide{grid-template-columns:minmax(0,1fr)}
figcaption{grid-column:1/-1}
figcaption h2,figcaption h3{color:var(--ink);margin:0}
figcaption h2{padding-top:20px}
figcaption p{margin:4px 0}
svg{display:block;max-width:100%;height:auto}
.scroll{overflow-x:auto;max-width:100%}
.scroll+.scroll{margin-top:28px}
.scroll:focus-visible{outline:2px solid var(--s0)}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;overflow-wrap:normal}
caption{text-align:left;color:var(--quiet);padding-bottom:4px}
th,td{padding:3px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child{text-align:left;padding-left:0}
th{font-weight:600;max-width:24ch;white-space:normal;overflow-wrap:break-word}
tbody th[scope=row]{min-width:14ch}
tbody th[scope=row]{font-weight:400;padding-left:12px}
th[scope=rowgroup]{padding-top:10px;max-width:none}
.words td,.words th{text-align:left;white-space:normal;vertical-align:top}
.words td{min-width:18ch;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:8px 0}
dt{color:var(--quiet)}
dd{margin:0}
text{fill:var(--ink)}
.chart{font:12px system-ui,"Segoe UI",Helvetica,Arial,"DejaVu Sans",sans-serif}
text.quiet{fill:var(--quiet)}
text.strong{font-weight:600}
text.value{paint-order:stroke;stroke:var(--paper);stroke-width:4px}
text.inside{fill:var(--inside)}
.grid,.axis{fill:none;stroke:var(--line)}
.axis{stroke:var(--quiet)}
.curve{fill:none;stroke-width:2;stroke-linejoin:round}
.bar{stroke:var(--paper);stroke-width:1}
.curve.s0{stroke:var(--s0)}
.curve.s1{stroke:var(--s1);stroke-dasharray:9 4}
.curve.s2{stroke:var(--s2);stroke-dasharray:3 3}
.curve.s3{stroke:var(--s3);stroke-dasharray:12 4 3 4}
.curve.s4{stroke:var(--s4);stroke-dasharray:1 4;stroke-linecap:round;stroke-width:3}
.curve.s5{stroke:var(--s5);stroke-dasharray:16 5}
.bar.s0{fill:var(--s0)}.bar.s1{fill:var(--s1)}.bar.s2{fill:var(--s2)}.bar.s3{fill:var(--s3)}.bar.s4{fill:var(--s4)}.bar.s5{fill:var(--s5)}
@media (max-width:1000px){figure{grid-template-columns:minmax(0,1fr)}}
@media print{figure,tr{break-inside:avoid}}
)";
}

}  // namespace vireo::compare
