/**
 * Names of well-known coins, in the order in which the page lists them. They stand in until the
 * gateway sends a list of its own; a coin that is not here goes by its symbol.
 */
const NAMES: readonly (readonly [symbol: string, name: string])[] = [
    ['BTC', 'Bitcoin'],
    ['ETH', 'Ethereum'],
    ['XRP', 'XRP'],
    ['BNB', 'BNB'],
    ['SOL', 'Solana'],
    ['DOGE', 'Dogecoin'],
    ['TRX', 'TRON'],
    ['ADA', 'Cardano'],
    ['LINK', 'Chainlink'],
    ['XLM', 'Stellar'],
    ['BCH', 'Bitcoin Cash'],
    ['SUI', 'Sui'],
    ['AVAX', 'Avalanche'],
    ['HBAR', 'Hedera'],
    ['LTC', 'Litecoin'],
    ['SHIB', 'Shiba Inu'],
    ['TON', 'Toncoin'],
    ['DOT', 'Polkadot'],
    ['UNI', 'Uniswap'],
    ['AAVE', 'Aave'],
    ['PEPE', 'Pepe'],
    ['NEAR', 'NEAR'],
    ['APT', 'Aptos'],
    ['ICP', 'Internet Computer'],
    ['ETC', 'Ethereum Classic'],
    ['ONDO', 'Ondo'],
    ['POL', 'Polygon'],
    ['MATIC', 'Polygon'],
    ['ATOM', 'Cosmos'],
    ['ALGO', 'Algorand'],
    ['ARB', 'Arbitrum'],
    ['VET', 'VeChain'],
    ['FIL', 'Filecoin'],
    ['RENDER', 'Render'],
    ['OP', 'Optimism'],
    ['INJ', 'Injective'],
    ['STX', 'Stacks'],
    ['GRT', 'The Graph'],
    ['MKR', 'Maker'],
    ['CRV', 'Curve'],
    ['XTZ', 'Tezos'],
    ['ZEC', 'Zcash'],
    ['EOS', 'EOS'],
];

const places = new Map(NAMES.map(([symbol], index) => [symbol, index]));
const names = new Map(NAMES);

/** A coin as a row shows it, from a product such as `BTC-USD`. */
export interface Coin {
    readonly symbol: string;
    readonly name: string;
    /** What prices are in: `USD`. Empty when the product does not say. */
    readonly quote: string;
    /** 0 to 345, the colour of the monogram. */
    readonly hue: number;
}

export function coinOf(product: string): Coin {
    const [symbol = product, quote = ''] = product.split('-');
    return { symbol, name: names.get(symbol) ?? symbol, quote, hue: hueOf(symbol) };
}

/** Orders products as the list above does, the others behind it by their symbol. */
export function compareProducts(a: string, b: string): number {
    const byPlace = placeOf(a) - placeOf(b);
    return byPlace !== 0 ? byPlace : a < b ? -1 : a > b ? 1 : 0;
}

function placeOf(product: string): number {
    return places.get(product.split('-')[0] ?? '') ?? places.size;
}

/** Chosen by trying: with it the best-known coins come near the colours they are known by. */
const HUE_SPREAD = 32_987;

/** One of 24 hues, by hash of the symbol. */
function hueOf(symbol: string): number {
    let hash = 0;
    for (const letter of symbol) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
    return ((Math.imul(hash, HUE_SPREAD) >>> 16) % 24) * 15;
}
