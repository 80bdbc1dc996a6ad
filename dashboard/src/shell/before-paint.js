// Sets the theme before the first paint. A classic, blocking script: a module would come too late.
(function () {
    var kept = null;
    try {
        kept = localStorage.getItem('flux.theme');
    } catch (_) {
        // Storage is refused in some private windows; the system's theme is right then.
    }
    var light = matchMedia('(prefers-color-scheme: light)').matches;
    var theme = kept === 'dark' || kept === 'light' ? kept : light ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
})();
