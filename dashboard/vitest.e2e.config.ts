import { defineConfig } from 'vitest/config';

export default defineConfig({
    test: {
        include: ['e2e/**/*.test.ts'],
        environment: 'node',
        // One browser and one server at a time: the tests measure what a visitor waits for.
        fileParallelism: false,
        expect: { poll: { timeout: 15_000, interval: 50 } },
        testTimeout: 120_000,
        hookTimeout: 120_000,
    },
});
