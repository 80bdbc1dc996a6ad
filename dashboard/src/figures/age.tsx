import { usePageTime } from '../clock/clock.ts';
import { figures } from './figures.ts';

/** How long ago `at` is (ms since the epoch), written anew as time goes by. */
export function Age({ at }: { readonly at: number }) {
    const now = usePageTime();
    return (
        <time dateTime={new Date(at).toISOString()} title={figures.exactly(at)}>
            {figures.age(at, Math.max(now, at))}
        </time>
    );
}
