# The most stack that open, predict and self_test can use, from GCC's call graphs (-fcallgraph-info=su), for one part and
# one input. Usage: awk -v part=linear_float32 -v input=int16 -f stack_bound.awk FILE.ci...; part=all: whichever takes most.
# An indirect call may reach any function of the kind's and the input's own file; a routine of libc or libgcc, whose frame
# no graph tells, counts as `library` bytes; the caller's inline wrapper as `wrapper` bytes.
# Of a whole program: -v entry='^main$' -v least=1 (how many functions that is), and -v also=REGEX, functions that its
# indirect calls may reach too.
BEGIN {
  if (!library) library = 64
  if (!wrapper) wrapper = 32
  if (!least) least = 3
  # Of the two `open`, the one without a limit: the other, a frame of 32 bytes around it, is linked where it is called.
  if (!entry) entry = "_ZN8nuthatch4openE.*ModelE$|_ZNK8nuthatch5Model(7predict|9self_test)E"
  if (sub(/_probability$/, "", part)) entry = entry "|_ZNK?8nuthatch11Probability(6attach|2of)E"
  if (sub(/_histograms$/, "", part)) { entry = entry "|_ZNK?8nuthatch7Monitor"; watch = "/watch(_[a-z]+)?\\.cpp:" }
  # A preparation's functions lie between the callers of the kind's and those, once.
  prepared = sub(/_preparation$/, "", part)
  # Nor do a blend's, between those callers and its members': blend_forest_network.
  blended = part == "all" || sub(/^blend_/, "", part)
  if (blended && part != "all") { gsub("_", "|", part); part = "(" part ")" }
  kind = part
  sub(/_float32$/, "", kind)
  if (part == "all") { part = "(bayes|forest|linear|linear_float32|network|svm)"; kind = "(bayes|forest|linear|network|svm)" }
  counts = kind ~ /bayes|forest|z/ ? "|encode_counts" : ""
  stages = "/(" part "|encode_" input counts ")\\.cpp:.*(encode|prove|score)"
  proof = "/" kind "_prove\\.cpp:|read_" kind "E" (prepared ? "|/preparation_prove\\.cpp:" : "")
}

function quoted(line, key,    start, rest) {
  start = index(line, key ": \"")
  if (!start) return ""
  rest = substr(line, start + length(key) + 3)
  return substr(rest, 1, index(rest, "\"") - 1)
}

/^node:/ {
  title = quoted($0, "title")
  label = quoted($0, "label")
  if (match(label, /[0-9]+ bytes \((static|dynamic,bounded)\)/)) {
    split(substr(label, RSTART), words, " ")
    frame[title] = words[1]
    if (title ~ ("/" part "\\.cpp:.*score")) scored = 1
    if (prepared && title ~ /\/preparation\.cpp:.*(prove|score)|read_preparationE/ && words[1] + 0 > between) between = words[1] + 0
    if (blended && title ~ /\/blend\.cpp:.*score|read_memberE/) { blends++; predicting += words[1] }
    if (blended && title ~ /read_blendE|prove_memberE/) { blends++; opening += words[1] }
    if (also && title ~ also) reached[title] = more = 1
    if (watch && title ~ watch) reached[title] = 1
    if (title ~ stages || title ~ proof || title ~ ("prove_" part "E")) reached[title] = 1
  } else if (label ~ /\(dynamic\)/) {
    print "unbounded frame: " title > "/dev/stderr"
    failed = 1
  }
}

/^edge:/ { calls[quoted($0, "sourcename")] = calls[quoted($0, "sourcename")] "\n" quoted($0, "targetname") }

function deepest(name, depth,    count, targets, i, most, found) {
  if (depth > 64) { print "recursion: " name > "/dev/stderr"; failed = 1; return 0 }
  if (name == "__indirect_call") {
    most = 0
    for (i in reached) { found = deepest(i, depth + 1); if (found > most) most = found }
    return most
  }
  if (!(name in frame)) return library
  if (name in known) return known[name]
  most = 0
  count = split(substr(calls[name], 2), targets, "\n")
  for (i = 1; i <= count; i++) { found = deepest(targets[i], depth + 1); if (found > most) most = found }
  return known[name] = frame[name] + most
}

END {
  most = 0
  for (name in frame) {
    if (name !~ entry) continue
    entries++
    found = deepest(name, 0)
    if (found > most) most = found
  }
  if (entries < least || !scored || (prepared && !between) || (blended && blends < 3) || (also && !more) || failed) {
    print "no bound: an entry, the score of the kind or a function of `also` is not among the graphs" > "/dev/stderr"
    exit 1
  }
  print most + wrapper + between + (predicting > opening ? predicting : opening)
}
