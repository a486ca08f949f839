/** Builds the page into dist/web, from where the API serves it. `npx vite web` serves it while it is worked on, with the API of BOUGH. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // Whatever is inlined as a data: URL would have to be allowed by the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
  },
  server: {
    proxy: {
      '/openapi.json': process.env['BOUGH'] ?? 'http://127.0.0.1:3000',
      '/v1': process.env['BOUGH'] ?? 'http://127.0.0.1:3000',
    },
  },
});
