import { CardBoundary } from '../card/card-boundary.tsx';
import type { Connection } from '../connection/connection.ts';
import { useConnection } from '../connection/use-connection.ts';
import { LivePricesCard } from '../prices/live-prices-card.tsx';
import type { PriceBoard } from '../prices/price-board.ts';
import type { PricePainter } from '../prices/price-painter.ts';
import { useLivePrices } from '../prices/use-live-prices.ts';
import styles from './page.module.css';
import { StatusLine } from './status-line.tsx';
import { TopBar } from './top-bar.tsx';

export interface Features {
    readonly connection: Connection;
    readonly board: PriceBoard;
    readonly painter: PricePainter;
}

/** Domains that have a card on this page. */
const CARDS = ['crypto'];

export function Page(features: Features) {
    const { connection } = features;
    const state = useConnection(connection);
    const allSimulated = CARDS.every((domain) => state.simulated.includes(domain));
    return (
        <>
            <a className="spoken" href="#main">
                Skip to content
            </a>
            <TopBar state={state} allSimulated={allSimulated} onTryNow={connection.tryNow} />
            <main id="main" className={styles['page']}>
                <h1 className="spoken">Live dashboard</h1>
                <CardBoundary title="Live prices">
                    <LivePricesFeature {...features} />
                </CardBoundary>
            </main>
            <StatusLine phase={state.phase} />
        </>
    );
}

/** Inside the boundary, so that a fault of the hook, too, stays in its card. */
function LivePricesFeature({ connection, board, painter }: Features) {
    const prices = useLivePrices(connection, board, painter);
    return <LivePricesCard prices={prices} painter={painter} onTryNow={connection.tryNow} />;
}
