"""Writes examples/orders: short messages of customers, with the names in them. No template, person, place or product of the
test rows is in the training rows.

Usage: python tools/orders_example.py
"""
import json
import pathlib
import random
import re

OUT = pathlib.Path(__file__).resolve().parent.parent / "examples/orders"
FILLERS = {
    "train": {
        "person": "Anna Berg,Tom,Mrs Kowalski,Luis Ortega,Priya,Mr Haddad,Ingrid Solberg,Chen Wei,Maria,Jonas Lindqvist,"
                  "Fatima El Amrani,Dr Novak,Olu Adeyemi,Sophie,Mr O'Connor,Yuki Tanaka,Elena Petrova,David,Aunt Rosa,Ben Carter",
        "place": "Bergen,Lyon,12 Mill Lane,Porto,the Leeds office,Graz,Rue de la Gare 5,Malmö,Cork,the harbour depot,Zagreb,"
                 "44 Station Road,Ghent,Turku,the north gate,Basel,Hill Street 9,Kraków,Utrecht,San Marino",
        "product": "oak shelves,a desk lamp,green tea,printer paper,garden hose,wool blankets,the blue kettle,rice noodles,"
                   "running shoes,olive oil,candles,a phone case,hiking socks,paint brushes,bath towels,coffee filters,"
                   "steel screws,picture frames,the red sofa,orange juice",
        "quantity": "two,5,three boxes of,10kg of,a dozen,1,six,250 g of,twelve,half a litre of,4 packs of,20,one,a pair of,3,"
                    "15 metres of,two bags of,100,eight,a crate of",
        "date": "Monday,tomorrow,3 May,next week,12/06/2024,Friday morning,the 21st,June,tonight,last Tuesday,1 October,"
                "before noon,Sunday,in March,8 a.m.,15 August 2023,this weekend,Thursday,yesterday,on the 2nd",
    },
    "test": {
        "person": "Karl Weber,Nadia,Ms Fernandez,Amir Rahimi,Grace Okafor,Mr Dubois,Sven,Lucia Moretti,Uncle Pete,Hana Kim,"
                  "Professor Lindgren,Zoe,Mr McAllister,Ravi Patel,Klára Dvořák",
        "place": "Oslo,Trieste,7 Church Street,the Dublin branch,Aarhus,Rue Lepic 21,Vilnius,the south warehouse,Bristol,"
                 "90 Park Avenue,Nantes,Szeged,the airport,Linz,Gdańsk",
        "product": "pine tables,a floor lamp,black pepper,envelopes,flower pots,cotton sheets,the white toaster,lentils,"
                   "rain boots,maple syrup,soap,a laptop bag,winter gloves,sandpaper,curtains",
        "quantity": "four,7,five cans of,3kg of,ten,9,a bottle of,500 ml of,twenty,2 rolls of,eleven,30,a box of,seven,6 sheets of",
        "date": "Wednesday,next month,9 July,04/11/2025,Saturday evening,the 14th,April,this afternoon,last Friday,"
                "22 December,after lunch,in September,6 p.m.,30 January 2024,on Tuesday",
    },
}
TEMPLATES = {
    "train": [
        "{person} ordered {quantity} {product} on {date}.",
        "Please send {quantity} {product} to {place}.",
        "Could {person} collect {product} in {place} {date}?",
        "I paid for {quantity} {product}, but only some of it came.",
        "My name is {person} and I am still waiting for {product}.",
        "We need {quantity} {product} in {place} by {date}!",
        "the parcel for {person} went to {place} instead of {place}",
        "Where is my order? It should have been here {date}.",
        "{product} arrived broken, I want my money back",
        "Change the delivery to {date}, please. {person}",
        "Hello, {person} here: can you add {quantity} {product}?",
        "Thanks a lot, everything was fine.",
        "From {place}, {person} asks for {product} ({quantity}).",
        "Cancel {product} and keep the rest",
        "{person} and {person} both live in {place}.",
        "Is {product} in stock again {date}?",
        "Your driver was in {place} {date} and nobody told {person}.",
        "{quantity} {product}, {quantity} {product} - total for {person}, {place}",
        "How do I return a gift?",
        "The invoice of {date} names {person}, not me.",
    ],
    "test": [
        "Hi, this is {person}. Please bring {quantity} {product} to {place} on {date}.",
        "{date} somebody from {place} bought {quantity} {product}",
        "Why did {person} get {product} when I asked for {product}?",
        "Can I pick it up myself in {place}, maybe {date}?",
        "I'd like {quantity} {product} more for {person}.",
        "No, {person} moved from {place} to {place} {date}.",
        "Not a single one of the {quantity} {product} works!",
        "My account is locked, what now?",
        "Order for {place}: {product} x {quantity}, signed {person}",
        "{product} was promised for {date}; {person} is angry.",
    ],
}
ROWS = {"train": 240, "test": 120}


def row(part, draw):
    text, spans = "", []
    for piece in re.split(r"(\{\w+\})", draw.choice(TEMPLATES[part])):
        label = piece[1:-1] if piece.startswith("{") else ""
        if label:
            piece = draw.choice(FILLERS[part][label].split(","))
            # "on {date}" and a date with its own "on" are one "on".
            if text.endswith("on ") and piece.startswith("on "):
                piece = piece[3:]
            if not text:
                piece = piece[0].upper() + piece[1:]
            spans.append({"start": len(text), "end": len(text) + len(piece), "label": label})
        text += piece
    return {"text": text, "spans": spans}


OUT.mkdir(parents=True, exist_ok=True)
for part, count in ROWS.items():
    draw = random.Random(part)
    rows, seen = [], set()
    while len(rows) < count:
        made = row(part, draw)
        if made["text"] not in seen:
            seen.add(made["text"])
            rows.append(json.dumps(made, ensure_ascii=False))
    (OUT / f"{part}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
