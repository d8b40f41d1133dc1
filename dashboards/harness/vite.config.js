import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const nothing = path.resolve('page/nothing.js');

export default defineConfig({
  plugins: [react()],
  define: { 'process.env.NODE_ENV': JSON.stringify('production'), global: 'globalThis' },
  // The code editor is large, and no panel has one.
  resolve: { alias: { 'monaco-editor': nothing, 'react-monaco-editor': nothing } },
  build: { chunkSizeWarningLimit: 20000, minify: false, sourcemap: false },
});
