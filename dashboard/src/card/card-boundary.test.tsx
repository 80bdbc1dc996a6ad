// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, test, vi } from 'vitest';
import { CardBoundary } from './card-boundary.tsx';

test('a card that fails to draw takes no other card with it, and can be drawn again', async () => {
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
    const complaint = vi.spyOn(console, 'error').mockImplementation(() => {});
    let broken = true;
    const Fragile = () => {
        if (broken) throw new Error('fault of a card');
        return <p>whole again</p>;
    };
    document.body.innerHTML = '<div></div>';
    const root = createRoot(document.body.firstElementChild as Element);
    await act(async () =>
        root.render(
            <>
                <CardBoundary title="Fragile">
                    <Fragile />
                </CardBoundary>
                <p>the other card</p>
            </>,
        ),
    );
    expect(document.body.textContent).toContain('This card could not be drawn');
    expect(document.body.textContent).toContain('the other card');
    expect(complaint).toHaveBeenCalled();
    broken = false;
    await act(async () => document.querySelector('button')?.click());
    expect(document.body.textContent).toContain('whole again');
    await act(async () => root.unmount());
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
});
