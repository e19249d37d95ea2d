"""Writes core/src/test/resources/org/unipelt/metric/generation-metrics.json: the results of Python's ROUGE, BLEU and
stemmer for the texts of RougeTest, BleuTest and PorterStemmerTest, so that these can compare without Python.

    pip install nltk sacrebleu rouge-score
    python tools/generation_metrics_fixture.py XSUM_FOLDER WMT16_ENRO_FOLDER \
        > core/src/test/resources/org/unipelt/metric/generation-metrics.json

The texts of the data sets do not belong to this repository, so the fixture has only numbers for them. examples/messages
does; its texts replace articles and translations in the tests that everybody can run. The functions below make predictions
from the references, and the tests have the same functions in Java.

Without rouge-score, a few lines below compute ROUGE from its definition, with NLTK's stemmer; the output says under
"rouge_by" which of them did.
"""

import collections
import csv
import json
import pathlib
import re
import sys
import zlib

import nltk
import sacrebleu
from nltk.stem.porter import PorterStemmer

try:
    from rouge_score import rouge_scorer
except ImportError:
    rouge_scorer = None

TYPES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
ROUGE_PAIRS = 270
BLEU_SEGMENTS = 252
MESSAGE_PAIRS = 54
MESSAGE_SEGMENTS = 48

# Words for each rule of the stemmer, and words that a rule must leave alone.
WORDS = """
caresses ponies ties caress cats flies dies lies skies sky news innings outing canning howe proceed exceed succeed dying
feed agreed proceeded plastered bled motoring sing conflated troubled sized hopping tanned falling hissing fizzed failing
filing died spied tied hied aged using owing edit string thing happy enjoy enjoyment spy fly try boy say shyly dryly
relational conditional rational valency hesitancy digitizer conformably radically differently vilely analogously
vietnamization predication operator feudalism decisiveness hopefulness callousness formality sensitivity sensibility
hopefully usefully geology theology philology archaeology biology analogy logy additionally nationally rally tally
ally totally internationally triplicate formative formalize electricity electrical hopeful goodness awful illness
revival allowance inference airliner gyroscopic adjustable defensible irritant replacement adjustment dependent adoption
homologous communism activate angularity effective bowdlerize passion onion million lion nation mission fashion cement
element moment comment probate rate cease controll roll controlling rolled probable ageing ages aging eyes eyed toyed
yes yyyy yyyyy yearly syzygy sayyed queue aaaa ooze eerie ieee bzzz 2015 1980s 00ing a00ed 42nd covid19 mp3s x3ies
knees kneed breed breeding bees beings axes boxes boxed boxing waxed mixing snowed snowing showy played playing stayed
ease eased easing ated ating bled bling izing oed iced acing emerged added adding egged erred erring off offed inning
abilities ability ably ible able ables edible legibly agreeable agreement agreements disagreed organisation organization
organizer organizers organised university universities universal universe connection connections connected connecting
connective generalizations oscillators generically generation generations generous generously gener police policies policy
policed argue argued argues arguing argument arguments busy business businesses busily happily happiness easily mainly
parliamentary parliament commitment committed committee committees employees employed unemployment running runner skiing
skied skier tried trying tries studied studies studying identified identifies identity carried carries carrier worried
worries buried buries married marries fanciful beautifully beauty wonderfulness dullness fullness wholly fully dully filling
filled fills killed kills killing missile missed misses missing process processed processes processing progress assessment
assessed possess possesses discuss discussion discussions decision decisions explosion explosions television illusion
region regions religion union unions reunion champion companion opinion stadium station stations relation relate related
relatively relativity active actively activity activities activist activation native nativity creative creativity
""".split()
# Made-up words: every beginning with every ending, so that rules meet in every order.
BEGINNINGS = ["", "a", "b", "e", "y", "ab", "ol", "ay", "ey", "fl", "tr", "roll", "hop", "hopp", "fizz", "tax", "show",
              "play", "geo", "art", "even", "organ", "communi", "oper", "gener", "sensa", "illus", "proceed", "dict", "yay",
              "logic", "vowel", "x2", "911", "anal", "control"]
ENDINGS = ["", "s", "ss", "sses", "ies", "ied", "ed", "eed", "eeds", "ing", "ings", "y", "ly", "ey", "ated", "bled",
           "izing", "ational", "tional", "ency", "ancy", "izer", "ably", "ibly", "ally", "ently", "ely", "ously", "ization",
           "ation", "ator", "alism", "iveness", "fulness", "ousness", "ality", "ivity", "bility", "fully", "logy", "icate",
           "ative", "alize", "icity", "ical", "ful", "ness", "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement",
           "ment", "ent", "sion", "tion", "nion", "ou", "ism", "ate", "iti", "ous", "ive", "ize", "e", "ee", "ll", "lle",
           "lled", "zzing", "nning", "ww", "yed", "ionally", "ationally", "nesses"]

# Segments written for this file: hard cases for the 13a tokenizer.
SEGMENTS = [
    ("Plain words only here", "Plain words only here"),
    ("It cost 1,234.50 dollars, not 1.5-2.5%.", "It cost 1,234.50 dollars, not 1.5 - 2.5 %."),
    ("&quot;A &amp; B&quot; &lt;c&gt; &amp;lt; &apos;", "\"A & B\" <c> < '"),
    ("U.S.A. vs. U.K., e.g. at 5 p.m. on 3/4/2016...", "USA vs. UK, e.g. at 5 p.m. on 3/4/2016 ..."),
    ("hyphen-\nated and line\nbreaks\n", "hyphenated and line breaks"),
    ("ends with a dash-\n", "ends with a dash-"),
    ("a<skipped>b 5-6 x-7 8-y --", "ab 5 - 6 x-7 8 - y --"),
    ("„Citat” — spune «ea»… și ĂÂÎȘȚ, ăâîșț.", "„Citat” - spune «ea»... şi ĂÂÎȘȚ, ăâîșț."),
    ("no\u00a0break thin\u2009space sep\u001carator next\u0085line zero\u200bwidth mongol\u180eian ideo\u3000graphic",
     "no break thin space sep arator next line zero width mongol ian ideo graphic"),
    ("emoji 🙂👍🏽.🙂,9 a🙂-b", "emoji 🙂 👍🏽 . 🙂 , 9 a🙂-b"),
    ("[x] {y} (z) `q` ~w ^v _u |t \\s @r #p $5 %6 *7 +8 =9 ;0 :1 ?2 !3 '4", "x y z q w v u t s r p 5 6 7 8 9 0 1 2 3 4"),
    (".5 5. ,5 5, .a a. 5.a a.5 ..5 5.. .,.,5,.,.", ".5 5. ,5 5, .a a. 5.a a.5 ..5 5.. .,.,5,.,."),
    ("the the the the the the the", "the cat is on the mat"),
    ("one two three", "one two three four five six"),
    ("one two three four five six", "six five four three two one"),
    ("alpha beta", "gamma delta"),
    ("", "something"),
    ("something", ""),
    ("", ""),
    ("   ", "\t"),
    ("cAsE Matters", "case matters"),
    ("请问我的包裹在哪里", "请问我的包裹在哪"),
]


def spaced(words):
    return " ".join(words)


def in_lines(words, size):
    return "\n".join(spaced(words[i:i + size]) for i in range(0, len(words), size))


def swapped(words, step):
    words = list(words)
    for i in range(0, len(words) - 1, step):
        words[i], words[i + 1] = words[i + 1], words[i]
    return words


def without_every(words, nth):
    return [word for i, word in enumerate(words) if i % nth != nth - 1]


def messages():
    """Returns the texts of examples/messages/train.tsv."""
    file = pathlib.Path(__file__).parent.parent / "examples" / "messages" / "train.tsv"
    return [line.split("\t")[0] for line in file.read_text(encoding="utf-8").splitlines()[1:]]


def message_pairs(texts):
    """Returns three messages in a row as a document, and the middle one as its summary."""
    return [{"document": " ".join(texts[i:i + 3]), "summary": texts[i + 1]} for i in range(len(texts) - 2)]


def summary_pair(pairs, i):
    """Makes a prediction and a reference from the i-th pair of document and summary."""
    document, summary = pairs[i]["document"], pairs[i]["summary"]
    words, read = summary.split(" "), document.split(" ")
    if i % 9 == 0:
        return spaced(read[:25]), summary
    if i % 9 == 1:
        return ".\n".join(document.split(". ")[:3]), in_lines(words, 8)
    if i % 9 == 2:
        return spaced(reversed(words)), summary
    if i % 9 == 3:
        return spaced(without_every(words, 3)), summary
    if i % 9 == 4:
        return "", summary
    if i % 9 == 5:
        return spaced(swapped(words, 3)).upper(), summary
    if i % 9 == 6:
        return pairs[(i + 1) % len(pairs)]["summary"], summary
    if i % 9 == 7:
        longer = [word + ("ing" if j % 2 else "s") if len(word) > 4 else word for j, word in enumerate(words)]
        return in_lines(longer, 5), in_lines(words, 8)
    return in_lines(read[:60], 12), in_lines(words, 6)


def translation(kind, english, romanian):
    """Makes a hypothesis from a pair of WMT16, or from a message as the source of the next."""
    words = romanian.split(" ")
    if kind == "dropped":
        return spaced(without_every(words, 7))
    if kind == "swapped":
        return spaced(swapped(words, 5))
    if kind == "half":
        return spaced(words[:len(words) // 2])
    if kind == "reversed":
        return spaced(reversed(words))
    if kind == "source":
        return english
    if kind == "marked":
        return "&quot;" + romanian.replace(", ", " ,").replace(".", "...").replace("-", "-\n") + "&amp; \n"
    if kind == "same":
        return romanian
    return ""


KINDS = ["dropped", "swapped", "half", "reversed", "source", "marked", "same", "empty"]


def f_measure(hits, predicted, expected):
    precision, recall = hits / max(predicted, 1), hits / max(expected, 1)
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def own_rouge(reference, prediction, stemmer):
    """ROUGE from its definition, for use without rouge-score: (precision, recall, F) of each type."""

    def tokens(text):
        found = re.findall("[a-z0-9]+", text.lower())
        return [stemmer.stem(word) if stemmer and len(word) > 3 else word for word in found]

    def subsequence(r, p):
        """Returns positions in r; breaks ties like rouge-score."""
        best = collections.defaultdict(int)
        for i, x in enumerate(r):
            for j, y in enumerate(p):
                best[i, j] = best[i - 1, j - 1] + 1 if x == y else max(best[i - 1, j], best[i, j - 1])
        i, j, positions = len(r) - 1, len(p) - 1, set()
        while min(i, j) >= 0:
            if r[i] == p[j]:
                positions.add(i)
                i, j = i - 1, j - 1
            elif best[i, j - 1] > best[i - 1, j]:
                j -= 1
            else:
                i -= 1
        return positions

    r, p = tokens(reference), tokens(prediction)
    result = {}
    for n in (1, 2):
        grams = [collections.Counter(zip(*(t[k:] for k in range(n)))) for t in (r, p)]
        hits = sum((grams[0] & grams[1]).values())
        result[f"rouge{n}"] = f_measure(hits, sum(grams[1].values()), sum(grams[0].values()))
    result["rougeL"] = f_measure(len(subsequence(r, p)), len(p), len(r))
    p_lines = [tokens(line) for line in prediction.split("\n")]
    met = collections.Counter()
    for line in map(tokens, reference.split("\n")):
        for position in set().union(*(subsequence(line, p_line) for p_line in p_lines)):
            met[line[position]] += 1
    hits = sum((met & collections.Counter(p)).values())
    result["rougeLsum"] = f_measure(hits, len(p), len(r))
    return result


def rouge(stem):
    """Returns a function of reference and prediction."""
    if rouge_scorer:
        return rouge_scorer.RougeScorer(TYPES, use_stemmer=stem).score
    stemmer = PorterStemmer() if stem else None
    return lambda reference, prediction: own_rouge(reference, prediction, stemmer)


def word_checksum(pairs, stemmer):
    vocabulary = sorted({
        word for pair in pairs for text in (pair["document"], pair["summary"])
        for word in re.findall("[a-z0-9]+", text.lower()) if len(word) > 3})
    return {"count": len(vocabulary), "crc32": checksum(vocabulary, stemmer)}


def checksum(words, stemmer):
    return zlib.crc32("".join(f"{word} {stemmer.stem(word)}\n" for word in words).encode())


def bleu_numbers(hypotheses, references):
    bleu = sacrebleu.corpus_bleu(hypotheses, [references])
    return [bleu.score, *bleu.precisions, bleu.bp, bleu.sys_len, bleu.ref_len]


def rows(name, entries, last=False):
    print(f'"{name}": [')
    print(",\n".join(json.dumps(entry) for entry in entries))
    print("]" if last else "],")


def rouge_rows(name, pairs, first):
    scores = {}
    for stem in (True, False):
        score = rouge(stem)
        scores[stem] = [score(*reversed(summary_pair(pairs, i))) for i in range(len(pairs))]
    # F-measures of a pair: the four types with stemming, then without.
    rows(f"{name}_pairs", [[scores[stem][i][t][2] for stem in (True, False) for t in TYPES] for i in range(first)])
    # Precision, recall, F of a type: means over all pairs.
    rows(f"{name}_means", [
        {"stem": stem, "pairs": len(pairs),
         **{t: [sum(s[t][k] for s in scores[stem]) / len(pairs) for k in range(3)] for t in TYPES}}
        for stem in (True, False)])


def bleu_rows(name, segments, first):
    # Score, four precisions, brevity penalty, lengths of hypotheses and references.
    targets = [target for _, target in segments]
    rows(f"{name}_corpora", [
        [kind, *bleu_numbers([translation(kind, source, target) for source, target in segments], targets)]
        for kind in KINDS])
    rows(f"{name}_segments", [
        bleu_numbers([translation(KINDS[i % 6], *segments[i])], [segments[i][1]]) for i in range(first)])


def main():
    xsum, wmt = sys.argv[1:]
    with open(f"{xsum}/pairs.jsonl", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    with open(f"{wmt}/newstest2016.en-ro.tsv", encoding="utf-8", newline="\n") as lines:
        segments = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    stemmer = PorterStemmer()
    texts = messages()
    own_pairs, own_segments = message_pairs(texts), list(zip(texts, texts[1:]))
    made = [begin + end for begin in BEGINNINGS for end in ENDINGS]

    # One entry a line: readable, with small diffs.
    print("{")
    print(f'"stems_by": "nltk {nltk.__version__} PorterStemmer, NLTK_EXTENSIONS",')
    by = "rouge-score" if rouge_scorer else "not rouge-score, which was not there: own_rouge() of the script, NLTK's stemmer"
    print(f'"rouge_by": "{by}",')
    print(f'"bleu_by": "sacrebleu {sacrebleu.__version__}",')
    print(f'"bleu_signature": "{bleu_signature()}",')
    print(f'"xsum_words": {json.dumps(word_checksum(pairs, stemmer))},')
    print(f'"message_words": {json.dumps(word_checksum(own_pairs, stemmer))},')
    print(f'"beginnings": {json.dumps(BEGINNINGS)},')
    print(f'"endings": {json.dumps(ENDINGS)},')
    print(f'"made_words_crc32": {checksum(made, stemmer)},')
    rows("stems", [[word, stemmer.stem(word)] for word in sorted(set(WORDS))])

    rouge_rows("rouge", pairs, ROUGE_PAIRS)
    rouge_rows("message_rouge", own_pairs, MESSAGE_PAIRS)
    bleu_rows("bleu", segments, BLEU_SEGMENTS)
    bleu_rows("message_bleu", own_segments, MESSAGE_SEGMENTS)
    tokenizer = sacrebleu.BLEU().tokenizer
    rows("bleu_rows", [
        {"prediction": prediction, "reference": reference, "tokens": tokenizer(prediction.rstrip()).split(),
         "bleu": bleu_numbers([prediction], [reference])}
        for prediction, reference in SEGMENTS], last=True)
    print("}")


def bleu_signature():
    bleu = sacrebleu.BLEU()
    bleu.corpus_score(["a"], [["a"]])
    return bleu.get_signature().format()


main()
