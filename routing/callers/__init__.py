"""Who calls: the block list, callbacks instead of waiting and of missed calls, and numbers in one form.

`numbers` and `rules` are pure; `block_list` and `callbacks` are the use cases.
"""
