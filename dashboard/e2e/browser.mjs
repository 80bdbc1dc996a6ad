import { chromium } from 'playwright-core';

/**
 * Debian's Chromium, headless, without anything that talks to the outside by itself.
 * @param {string[]} further arguments
 */
export function launchBrowser(further = []) {
    return chromium.launch({
        executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
        headless: true,
        args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
            ...further,
        ],
    });
}

/** What the page is looked at through. */
export const VIEWS = {
    wide: { viewport: { width: 1920, height: 1080 } },
    laptop: { viewport: { width: 1280, height: 800 } },
    desktop: { viewport: { width: 1440, height: 900 } },
    tablet: { viewport: { width: 820, height: 1180 } },
    phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
    smallPhone: { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true },
};
