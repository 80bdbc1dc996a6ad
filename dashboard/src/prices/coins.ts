/**
 * Names of well-known coins, in the order in which the page lists them. They stand in where the
 * gateway's list of coins has none; a coin that is in neither goes by its symbol.
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
}

export function coinOf(product: string): Coin {
    const [symbol = product, quote = ''] = product.split('-');
    return { symbol, name: names.get(symbol) ?? symbol, quote };
}

/** Orders products as the list above does, the others behind it by their symbol. */
export function compareProducts(a: string, b: string): number {
    const byPlace = placeOf(a) - placeOf(b);
    return byPlace !== 0 ? byPlace : a < b ? -1 : a > b ? 1 : 0;
}

function placeOf(product: string): number {
    return places.get(product.split('-')[0] ?? '') ?? places.size;
}
