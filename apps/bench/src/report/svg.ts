// A report as a bar chart: CPU time of the official driver in multiples of @bolt/client's. It is made for the README, so
// it must be legible on light and dark backgrounds and needs no external fonts or scripts.
import { ratio } from "../measure/compete.ts";
import { digits } from "../plan/verdict.ts";
import type { Report } from "./report.ts";

const OURS = "@bolt/client";
const PEER = "neo4j-driver";

const WIDTH = 720;
const LEFT = 190;
const RIGHT = 60;
const ROW = 22;
const BAR = 14;
const TOP = 44;

interface Bar {
  readonly name: string;
  readonly times: number;
}

/** Draws only the first report: the chart is for one Node. */
export function svgOf([report]: readonly Report[]): string {
  const bars = report ? barsOf(report) : [];
  const most = Math.max(1, ...bars.map(({ times }) => times));
  const height = TOP + bars.length * ROW + 30;
  const x = (times: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * times) / most;
  const rows = bars.map(({ name, times }, i) => {
    const y = TOP + i * ROW;
    return [
      `<text x="${LEFT - 8}" y="${y + 11}" text-anchor="end">${escape(name)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${(x(times) - LEFT).toFixed(1)}" height="${BAR}" rx="2"/>`,
      `<text x="${(x(times) + 6).toFixed(1)}" y="${y + 11}">${digits(times)} ×</text>`,
    ].join("");
  });
  const about = report
    ? `Node ${report.node.version}, ${report.machine.platform}, ${report.startedAt.toISOString().slice(0, 10)}; startup in wall time`
    : "";
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>CPU per operation of neo4j-driver as a multiple of @bolt/client's</title>`,
    `<style>text{font:12px system-ui,sans-serif;fill:#57606a}.head{font-weight:600;fill:#24292f}rect{fill:#2f81f7}line{stroke:#8c959f;stroke-dasharray:3 3}`,
    `@media(prefers-color-scheme:dark){text{fill:#8b949e}.head{fill:#e6edf3}}</style>`,
    `<text class="head" x="8" y="20">CPU per operation: neo4j-driver 6.3 in multiples of @bolt/client (longer is better for us)</text>`,
    ...rows,
    `<line x1="${x(1).toFixed(1)}" x2="${x(1).toFixed(1)}" y1="${TOP - 8}" y2="${TOP + bars.length * ROW}"/>`,
    `<text x="8" y="${height - 8}">${escape(about)}</text>`,
    `</svg>`,
  ].join("\n")}\n`;
}

function barsOf({ results }: Report): Bar[] {
  return results.flatMap(({ benchmark, measurements }) => {
    const ours = measurements.find(({ contestant }) => contestant === OURS);
    const peer = measurements.find(({ contestant }) => contestant === PEER);
    if (!ours || !peer || benchmark.by === "bytes") return [];
    return [{ name: benchmark.name, times: ratio(peer, ours, benchmark.by ?? "cpu").times }];
  });
}

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
