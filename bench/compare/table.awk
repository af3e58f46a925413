# Makes the Markdown table from the samples: kind, turn, target, requests/s, server core %, client core %, CPU us/request.
# Ratios are taken turn by turn, so that what disturbs one turn disturbs both sides.
function median(list, n,    i, j, t) {
    for (i = 2; i <= n; i++) {
        for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
            t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
        }
    }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

# The median of column `column` of a target; with `other`, of the ratio to that target.
function of(kind, target, column, other,    i, n, list) {
    n = 0
    for (i = 1; i <= turns; i++) {
        if ((kind, i, target) in seen && (other == "" || (kind, i, other) in seen)) {
            list[++n] = other == "" ? value[kind, i, target, column] : value[kind, i, target, column] / value[kind, i, other, column]
        }
    }
    lowest = highest = 0
    if (n == 0) { return 0 }
    i = median(list, n)
    lowest = list[1]; highest = list[n]
    return i
}

BEGIN { FS = "\t" }
{
    if (!($3 in known)) { known[$3] = 1; order[++targets] = $3 }
    if ($2 > turns) { turns = $2 }
    seen[$1, $2, $3] = 1
    for (c = 4; c <= 7; c++) { value[$1, $2, $3, c] = $c }
}

END {
    print "| server | requests/s | range | to Kestrel | to nginx file | limit | CPU us/request | to Kestrel | at requests/s |"
    print "|---|--:|--:|--:|--:|---|--:|--:|--:|"
    for (t = 1; t <= targets; t++) {
        name = order[t]
        kestrel = name ~ /POST/ ? "Kestrel POST" : "Kestrel GET"
        rate = of("full", name, 4); range = sprintf("%.0f-%.0f", lowest, highest)
        server = of("full", name, 5); client = of("full", name, 6)
        limit = server >= 90 ? "server" : (client > 90 ? "client-bound" : "neither")
        cpu = of("paced", name, 7); paced = of("paced", name, 4)
        off = paced < 19000 || paced > 21000 ? " (off)" : ""
        printf "| %s | %.0f | %s | %.2fx | %.2fx | %s %.0f/%.0f %% | %.1f | %.2fx | %.0f%s |\n", name, rate, range, \
            of("full", name, 4, kestrel), of("full", name, 4, "nginx file GET"), limit, server, client, cpu, of("paced", name, 7, kestrel), paced, off
    }
}
