# 2000 rooms, rendered once and kept in memory, 0.3 GB.
_base_ = './synthetic-cached_96x64.py'
train_dataloader = dict(dataset=dict(dataset=dict(size=(128, 192))))
val_dataloader = dict(dataset=dict(dataset=dict(size=(128, 192))))
test_dataloader = val_dataloader
