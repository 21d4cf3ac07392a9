// Builds dist/ from src/ and the styles: `npm ci && node build.mjs`. The same sources give the same bytes, as
// package-lock.json fixes the one tool; dist/SHA256SUMS is committed beside what it sums.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const site = dirname(fileURLToPath(import.meta.url));
const dist = join(site, "dist");
const outputs = ["boot.js", "runtime.js", "embed.js", "latest.js", "media.js", "plotly.js", "live.js", "embed.css", "site.css", "media.css", "live.css"];

await mkdir(dist, { recursive: true });
await build({
  absWorkingDir: site,
  bundle: true,
  charset: "ascii",
  // Classic scripts: modules do not load from file://.
  format: "iife",
  legalComments: "none",
  minify: true,
  outdir: "dist",
  entryPoints: [
    { in: "src/boot.js", out: "boot" },
    { in: "src/page.js", out: "runtime" },
    { in: "src/embed.js", out: "embed" },
    { in: "src/latest.js", out: "latest" },
    { in: "src/media.js", out: "media" },
    { in: "src/plotly.js", out: "plotly" },
    { in: "src/live.js", out: "live" },
    { in: "embed.css", out: "embed" },
    { in: "site.css", out: "site" },
    { in: "media.css", out: "media" },
    { in: "live.css", out: "live" },
  ],
  target: ["chrome109", "firefox115", "safari16"],
});

const sums = [];
for (const name of outputs) {
  const sum = createHash("sha256").update(await readFile(join(dist, name))).digest("hex");
  sums.push(`${sum}  ${name}\n`);
}
await writeFile(join(dist, "SHA256SUMS"), sums.join(""));
