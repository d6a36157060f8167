"""From toned pinyin, as the acoustic model hears it, to characters: dictionary, word trigram and a beam search."""
