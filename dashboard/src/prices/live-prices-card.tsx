import { Star } from 'lucide-react';
import { useCallback, useRef, useState, type ReactNode } from 'react';
import { CardMessage, LiveCard } from '../card/card.tsx';
import { PHONE } from '../card/paired-lists.tsx';
import type { CardNouns } from '../card/problem-words.ts';
import { useSettledOrder } from '../card/settled-order.ts';
import { useNow } from '../clock/clock.ts';
import controls from '../controls/controls.module.css';
import { Segmented } from '../controls/segmented.tsx';
import { useMedia } from '../controls/use-media.ts';
import styles from './live-prices.module.css';
import { DEFAULT_SORT, isLive, RESORT_MS, sortProducts, type Sort } from './price-order.ts';
import { PriceList, PriceTable, TableRows } from './price-rows.tsx';
import { ListSkeleton, TableSkeleton } from './skeleton.tsx';
import { nameOf, type LivePrices } from './use-live-prices.ts';

const NOUNS: CardNouns = {
    subject: 'Live prices are',
    returns: 'Prices appear by themselves.',
    rhythm: '',
};
/** How many coins stand on the card unless all are asked for. */
const FEW = 10;

type Choice = 'top' | 'all' | 'pinned';

export function LivePricesCard(prices: LivePrices) {
    const isPhone = useMedia(PHONE);
    const [choice, setChoice] = useState<Choice>('top');
    const [sort, setSort] = useState<Sort>(DEFAULT_SORT);
    const [open, setOpen] = useState<string | null>(null);
    const [isPointed, setPointed] = useState(false);
    const many = prices.products.length > FEW;
    const order = useOrder(prices, sort, open !== null || isPointed);
    const shown = order.filter((product) => choice !== 'pinned' || prices.pins.has(product));
    const rows = (choice === 'top' ? shown.slice(0, FEW) : shown).map((product) => ({
        product,
        name: nameOf(product, prices.coins),
        capInr: prices.coins.get(product)?.marketCapInr ?? null,
        pinned: prices.pins.has(product),
        isOpen: product === open,
    }));
    const onToggle = useCallback(
        (product: string) => setOpen((before) => (before === product ? null : product)),
        [],
    );
    const onPin = useLatest(prices.onPin);
    const options: (readonly [Choice, string])[] = many
        ? [
              ['top', `Top ${FEW}`],
              ['all', `All ${prices.products.length}`],
              ['pinned', 'Pinned'],
          ]
        : [
              ['top', 'All'],
              ['pinned', 'Pinned'],
          ];
    const shared = { rows, painter: prices.painter, onToggle, onPin };
    return (
        <LiveCard
            title="Live prices"
            state={prices.card}
            nouns={NOUNS}
            source={sourceName(prices.source)}
            at={null}
            waiting="Waiting for prices"
            tools={
                <Segmented label="Show" options={options} chosen={choice} onChoose={setChoice} />
            }
            skeleton={
                <div className={styles['body']}>
                    {isPhone ? <ListSkeleton /> : <TableSkeleton />}
                </div>
            }
            onTryNow={prices.onTryNow}
        >
            <div
                className={styles['body']}
                onPointerEnter={(event) => setPointed(event.pointerType === 'mouse')}
                onPointerLeave={() => setPointed(false)}
            >
                {body()}
            </div>
        </LiveCard>
    );

    function body(): ReactNode {
        if (rows.length === 0) return <NothingPinned onShowAll={() => setChoice('top')} />;
        if (isPhone) return <PriceList {...shared} />;
        return (
            <PriceTable sort={sort} onSort={setSort}>
                <TableRows {...shared} />
            </PriceTable>
        );
    }
}

/** By a column that ticks the order is made anew now and then, and never under a pointer. */
function useOrder(prices: LivePrices, sort: Sort, hold: boolean): readonly string[] {
    const { products, pins, lookUp } = prices;
    const live = isLive(sort);
    const now = useNow(RESORT_MS);
    const kept = useRef<{ key: string; sort: Sort; pins: unknown; order: readonly string[] }>(null);
    // Between two looks at the clock a rendering for another reason changes nothing.
    const key = `${live ? Math.floor(now / RESORT_MS) : ''} ${products.length} ${prices.coins.size}`;
    const asked = kept.current?.sort !== sort || kept.current.pins !== pins;
    if (asked || kept.current?.key !== key) {
        kept.current = { key, sort, pins, order: sortProducts(products, sort, pins, lookUp) };
    }
    return useSettledOrder(kept.current.order, hold && !asked);
}

/** A function that stays the same one while what it does is the newest: rows are memoised by it. */
function useLatest<Argument>(task: (argument: Argument) => void): (argument: Argument) => void {
    const latest = useRef(task);
    latest.current = task;
    return useCallback((argument: Argument) => latest.current(argument), []);
}

function NothingPinned({ onShowAll }: { readonly onShowAll: () => void }) {
    return (
        <CardMessage
            icon={<Star size={24} strokeWidth={1.75} aria-hidden />}
            title="No pinned coins yet"
            action={
                <button className={controls['button']} onClick={onShowAll}>
                    Show all coins
                </button>
            }
        >
            Press the star beside a coin to keep it here.
        </CardMessage>
    );
}

/** `coinbase` as a person writes it. */
function sourceName(source: string): string {
    return source.slice(0, 1).toUpperCase() + source.slice(1);
}
