import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Connection } from './connection/connection.ts';
import { DomainBoard } from './connection/domains.ts';
import { guestId } from './connection/guest.ts';
import { createSocketWire } from './connection/wire.ts';
import { figures } from './figures/figures.ts';
import { createMovers } from './movers/movers.ts';
import { createNews } from './news/news.ts';
import { rememberedPlace } from './place/place.ts';
import { createPins } from './prices/pins.ts';
import { PriceBoard } from './prices/price-board.ts';
import { PricePainter } from './prices/price-painter.ts';
import { createTopCoins } from './prices/top-coins.ts';
import { Page, type Features } from './shell/page.tsx';
import './shell/tokens.css';
import { createStocks } from './stocks/stocks.ts';
import { CityWeather } from './weather/city-weather.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root".');

const board = new PriceBoard();
const features: Features = {
    connection: new Connection(createSocketWire(guestId())),
    domains: new DomainBoard(),
    prices: {
        board,
        painter: new PricePainter(board, figures),
        topCoins: createTopCoins(),
        pins: createPins(),
    },
    weather: new CityWeather(rememberedPlace()),
    news: createNews(),
    stocks: createStocks(),
    movers: createMovers(),
};

createRoot(root).render(
    <StrictMode>
        <Page {...features} />
    </StrictMode>,
);
// The first answer takes a round trip; by then every feature listens.
features.connection.start();
