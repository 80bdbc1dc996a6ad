import { WifiOff } from 'lucide-react';
import type { ComponentType, ReactNode } from 'react';
import { CardBoundary } from '../card/card-boundary.tsx';
import { Card, CardMessage, TryNow } from '../card/card.tsx';
import { PHONE } from '../card/paired-lists.tsx';
import type { Connection, Phase } from '../connection/connection.ts';
import { useDomains, type DomainBoard } from '../connection/domains.ts';
import { useConnection } from '../connection/use-connection.ts';
import { useMedia } from '../controls/use-media.ts';
import { MoversCard } from '../movers/movers-card.tsx';
import type { Movers } from '../movers/movers.ts';
import { useMovers } from '../movers/use-movers.ts';
import { NewsCard } from '../news/news-card.tsx';
import type { News } from '../news/news.ts';
import { useNews } from '../news/use-news.ts';
import { LivePricesCard } from '../prices/live-prices-card.tsx';
import { useLivePrices, type PriceParts } from '../prices/use-live-prices.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { StocksCard } from '../stocks/stocks-card.tsx';
import type { Stocks } from '../stocks/stocks.ts';
import { useStocks } from '../stocks/use-stocks.ts';
import type { CityWeather } from '../weather/city-weather.ts';
import { useWeather } from '../weather/use-weather.ts';
import { WeatherCard } from '../weather/weather-card.tsx';
import styles from './page.module.css';
import { StatusLine } from './status-line.tsx';
import { TopBar } from './top-bar.tsx';

export interface Features {
    readonly connection: Connection;
    readonly domains: DomainBoard;
    readonly prices: PriceParts;
    readonly weather: CityWeather;
    readonly news: News;
    readonly stocks: Snapshot<Stocks>;
    readonly movers: Snapshot<Movers>;
}

interface CardEntry {
    readonly title: string;
    readonly area: string;
    readonly Feature: ComponentType<Features>;
}

/*
 * One component per feature, each inside its own boundary, so that a fault of the hook, too, stays
 * in its card.
 */

function PricesFeature({ connection, domains, prices }: Features) {
    return <LivePricesCard {...useLivePrices(connection, domains, prices)} />;
}
function WeatherFeature({ connection, domains, weather }: Features) {
    return <WeatherCard {...useWeather(connection, domains, weather)} />;
}
function NewsFeature({ connection, domains, news }: Features) {
    return <NewsCard {...useNews(connection, domains, news)} />;
}
function StocksFeature({ connection, domains, stocks }: Features) {
    return <StocksCard {...useStocks(connection, domains, stocks)} />;
}
function MoversFeature({ connection, domains, movers }: Features) {
    return <MoversCard {...useMovers(connection, domains, movers)} />;
}

const PRICES: CardEntry = { title: 'Live prices', area: 'prices', Feature: PricesFeature };
const WEATHER: CardEntry = { title: 'Weather', area: 'weather', Feature: WeatherFeature };
const NEWS: CardEntry = { title: 'World news', area: 'news', Feature: NewsFeature };
const STOCKS: CardEntry = { title: 'Stocks', area: 'stocks', Feature: StocksFeature };
const MOVERS: CardEntry = { title: 'Crypto movers', area: 'movers', Feature: MoversFeature };

/** The order in which the cards are read, tabbed through and, on the phone, stacked. */
const WIDE_ORDER = [PRICES, WEATHER, NEWS, STOCKS, MOVERS];
const PHONE_ORDER = [WEATHER, PRICES, STOCKS, MOVERS, NEWS];

export function Page(features: Features) {
    const { connection } = features;
    const state = useConnection(connection);
    const domains = useDomains(features.domains, connection);
    const cards = useMedia(PHONE) ? PHONE_ORDER : WIDE_ORDER;
    const hasNothing =
        !state.everLive && (state.phase === 'unreachable' || state.phase === 'offline');
    return (
        <>
            <a className="spoken" href="#main">
                Skip to content
            </a>
            <TopBar
                state={state}
                domains={domains}
                onTryNow={connection.tryNow}
                onMeasure={connection.measure}
            />
            <main id="main" className={styles['page']}>
                <h1 className="spoken">Live dashboard</h1>
                {hasNothing && <NoServer phase={state.phase} onTryNow={connection.tryNow} />}
                {/* Hidden, not gone: every card goes on listening. */}
                <div className={styles['grid']} hidden={hasNothing}>
                    {cards.map(({ title, area, Feature }) => (
                        <div key={area} className={styles[area]}>
                            <CardBoundary title={title}>
                                <Feature {...features} />
                            </CardBoundary>
                        </div>
                    ))}
                </div>
            </main>
            <StatusLine phase={state.phase} domains={domains} />
        </>
    );
}

/** In place of all cards, when there was never anything to show. */
function NoServer({ phase, onTryNow }: { readonly phase: Phase; readonly onTryNow: () => void }) {
    const message = (title: string, sentence: string, action?: ReactNode) => (
        <Card title="Flux" about={null}>
            <CardMessage
                icon={<WifiOff size={24} strokeWidth={1.75} aria-hidden />}
                title={title}
                action={action}
            >
                {sentence}
            </CardMessage>
        </Card>
    );
    return (
        <div className={styles['nothing']}>
            {phase === 'offline'
                ? message(
                      'You are offline',
                      'The page fills by itself as soon as there is a network.',
                  )
                : message(
                      'We cannot reach Flux',
                      'Is the server running? This page keeps trying and comes back by itself.',
                      <TryNow onPress={onTryNow} />,
                  )}
        </div>
    );
}
