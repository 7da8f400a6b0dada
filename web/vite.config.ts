import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const folder = fileURLToPath(new URL(".", import.meta.url));

// The licences of all that a build took from node_modules, as their authors ask.
function licences(): Plugin {
  return {
    name: "heartbeat-licences",
    generateBundle() {
      const packages = new Set<string>();
      for (const id of this.getModuleIds()) {
        const found = /^\0?(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id);
        if (found?.[1]) packages.add(found[1]);
      }
      const texts = [...packages].sort().map((path) => {
        const about = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
        const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE"]
          .map((name) => join(path, name))
          .find((name) => existsSync(name));
        const author = about.author?.name ?? about.author ?? "its contributors";
        const text = file ? readFileSync(file, "utf8").trim() : `Copyright: ${author}`;
        return `${about.name} ${about.version}: ${about.license}\n\n${text}`;
      });
      const head =
        "The dashboard is part of HeartBeat AI (Apache License 2.0). It is built with:\n";
      this.emitFile({
        type: "asset",
        fileName: "assets/licences.txt",
        source: [head, ...texts].join(`\n${"-".repeat(78)}\n\n`) + "\n",
      });
    },
  };
}

// `npm run dev` asks a running server: HEARTBEAT_SERVER, by default where script/server listens.
const server = process.env["HEARTBEAT_SERVER"] ?? "http://127.0.0.1:8000";
const routes = [
  "/predict",
  "/batch-predict",
  "/health",
  "/model",
  "/metrics",
  "/uptime",
  "/events",
  "/visualizations",
  "/retrain",
  "/training-status",
  "/upload-training-data",
  "/docs",
  "/openapi.json",
];

export default defineConfig({
  root: folder,
  base: "./", // works below any --base-path
  esbuild: { jsx: "automatic", legalComments: "none" },
  plugins: [licences()],
  server: { proxy: Object.fromEntries(routes.map((route) => [route, server])) },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the Content-Security-Policy knows no data: scripts
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      // "use client" in Mantine's files is for servers that render React.
      onwarn(warning, warn) {
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
  test: { include: ["src/**/*.test.ts"], setupFiles: ["src/test_setup.ts"], environment: "node" },
});
