import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: { outDir: "../static", emptyOutDir: true, target: "es2022" },
  // The Host header stays as it is: the server compares it with the Origin.
  server: { proxy: { "/api": { target: "http://127.0.0.1:8090", changeOrigin: false } } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
