import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { citiesPlugin } from './build/cities-plugin.ts';
import { headPlugin } from './build/head-plugin.ts';

/** Where a running `flux up` listens; FLUX_URL points development at another one. */
const gateway = process.env['FLUX_URL'] ?? 'http://127.0.0.1:5173';

export default defineConfig({
    plugins: [react(), headPlugin(), citiesPlugin()],
    server: {
        port: 5174,
        proxy: { '/socket.io': { target: gateway, ws: true } },
    },
    build: {
        target: 'es2022',
        // Inlined assets would be data: addresses, which the page's content policy does not allow.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
    },
    test: {
        include: ['src/**/*.test.{ts,tsx}'],
        environment: 'node',
    },
});
