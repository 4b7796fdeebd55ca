"""Contracts: Solidity sources, and the engines that run them behind one port."""
