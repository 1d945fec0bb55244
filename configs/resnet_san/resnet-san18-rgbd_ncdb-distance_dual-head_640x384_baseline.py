_base_ = './resnet-san18_ncdb-distance_dual-head_640x384_baseline.py'
# Measured distance is the sparse input, completed distance the ground truth.
# Each step trains with and without the sparse input.
model = dict(depth_encoder=dict(type='SparseDepthEncoder'))
train_dataloader = dict(dataset=dict(input_depth_type='distance_original'))
val_dataloader = dict(dataset=dict(input_depth_type='distance_original'))
test_dataloader = val_dataloader
