/** Made by build/cities-plugin.ts: name, region, country, latitude, longitude; one city a line. */
declare module 'virtual:cities' {
    const text: string;
    export default text;
}
