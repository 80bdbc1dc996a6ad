import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Connection } from './connection/connection.ts';
import { guestId } from './connection/guest.ts';
import { createSocketWire } from './connection/wire.ts';
import { figures } from './figures/figures.ts';
import { PriceBoard } from './prices/price-board.ts';
import { PricePainter } from './prices/price-painter.ts';
import { Page } from './shell/page.tsx';
import './shell/tokens.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root".');

const connection = new Connection(createSocketWire(guestId()));
const board = new PriceBoard();
const painter = new PricePainter(board, figures);

createRoot(root).render(
    <StrictMode>
        <Page connection={connection} board={board} painter={painter} />
    </StrictMode>,
);
// The first answer takes a round trip; by then every feature listens.
connection.start();
