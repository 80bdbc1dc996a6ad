import { compareProducts } from './coins.ts';

export type SortColumn = 'coin' | 'price' | 'change' | 'volume' | 'cap';

export interface Sort {
    readonly column: SortColumn;
    readonly descending: boolean;
}

export const DEFAULT_SORT: Sort = { column: 'cap', descending: true };
/** By a column that ticks, rows change their places this often at most. */
export const RESORT_MS = 5_000;

/** Whether the order by it changes with the ticks. */
export function isLive({ column }: Sort): boolean {
    return column === 'price' || column === 'change' || column === 'volume';
}

/** What rows are sorted by. null and empty: not known, which is always last. */
export interface Sortable {
    readonly name: string;
    readonly price: number | null;
    readonly change: number | null;
    readonly volume: number | null;
    readonly cap: number | null;
}

/** `products` by `sort`, pinned ones first. What is equal, or not known, keeps the page's own order. */
export function sortProducts(
    products: readonly string[],
    { column, descending }: Sort,
    pins: ReadonlySet<string>,
    lookUp: (product: string) => Sortable,
): readonly string[] {
    const known = new Map(products.map((product) => [product, lookUp(product)]));
    const sign = descending ? -1 : 1;
    return [...products].sort((a, b) => {
        const pinned = Number(pins.has(b)) - Number(pins.has(a));
        if (pinned !== 0) return pinned;
        const byColumn = compare(column, known.get(a), known.get(b), sign);
        return byColumn !== 0 ? byColumn : compareProducts(a, b);
    });
}

function compare(column: SortColumn, a?: Sortable, b?: Sortable, sign = 1): number {
    if (a === undefined || b === undefined) return 0;
    if (column === 'coin') return sign * a.name.localeCompare(b.name);
    const [left, right] = [a[column], b[column]];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * (left - right);
}

/** What a press on a column's head makes of the sort: names rise first, figures fall first. */
export function pressedSort(sort: Sort, column: SortColumn): Sort {
    if (sort.column === column) return { column, descending: !sort.descending };
    return { column, descending: column !== 'coin' };
}
