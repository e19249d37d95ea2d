"""Times training steps of a BERT-base-shaped random model in PyTorch eager, as TrainingStep.java does in Java.

Needs torch, transformers and peft. Arguments: lora or full, and the number of steps.
"""

import statistics
import sys
import time

import torch
from transformers import BertConfig, BertForSequenceClassification

mode, steps = sys.argv[1], int(sys.argv[2])
torch.manual_seed(1)
model = BertForSequenceClassification(BertConfig(num_labels=2))  # dropout 0.1, 12 x 768, its default attention
if mode == "lora":
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(
        model,
        LoraConfig(task_type="SEQ_CLS", r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["query", "value"]),
    )
model.train()
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-4)
ids = torch.randint(1000, 30000, (16, 128))
mask = torch.ones_like(ids)
labels = torch.randint(0, 2, (16,))

times = []
for step in range(steps + 2):
    start = time.perf_counter()
    loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    loss.item()
    times.append((time.perf_counter() - start) * 1000)
print(f"python {statistics.median(times[2:]):.0f}")
