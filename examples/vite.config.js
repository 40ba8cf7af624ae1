// Bundles the scripts of the examples, and lays each beside its page as the page names it: ../target/examples.
import { transformAsync } from '@babel/core';
import link from '@angular/compiler-cli/linker/babel';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import vue from '@vitejs/plugin-vue';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** Pages and what else is served as it is written. */
const pages = {
  name: 'pages',
  generateBundle() {
    for (const folder of readdirSync(at('.'), { withFileTypes: true }).filter((it) => it.isDirectory())) {
      for (const file of readdirSync(at(folder.name)).filter((it) => /\.html$|^links\.js$/.test(it))) {
        this.emitFile({ type: 'asset', fileName: `${folder.name}/${file}`, source: readFileSync(at(`${folder.name}/${file}`)) });
      }
    }
  },
};

/** Angular's own packages come half compiled: this is the other half, without which a page needs `unsafe-eval`. */
const linker = {
  name: 'angular-linker',
  transform: {
    filter: { id: /node_modules\/@angular\/.*\.mjs$/, code: 'ɵɵngDeclare' },
    async handler(/** @type {string} */ code, /** @type {string} */ filename) {
      return transformAsync(code, { filename, plugins: [link], compact: false });
    },
  },
};

export default defineConfig({
  root: at('.'),
  base: './',
  plugins: [
    linker,
    pages,
    svelte({ configFile: false }),
    vue({ template: { compilerOptions: { isCustomElement: (name) => name.startsWith('bzctrl-') } } }),
  ],
  build: {
    outDir: at('../target/examples'),
    emptyOutDir: false,
    modulePreload: false,
    rolldownOptions: {
      input: {
        'angular/main': at('node_modules/.angular/main.js'),
        'bootstrap/main': at('bootstrap/main.js'),
        'focus-trap/main': at('focus-trap/main.js'),
        'htmx/main': at('htmx/main.js'),
        'radix/main': at('radix/main.tsx'),
        'react/main': at('react/main.tsx'),
        'svelte/main': at('svelte/main.ts'),
        'turbo/main': at('turbo/main.js'),
        'vue/main': at('vue/main.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js', assetFileNames: 'bootstrap/[name][extname]' },
    },
  },
});
