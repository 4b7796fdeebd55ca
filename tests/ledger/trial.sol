// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What an engine that keeps state between transactions could get wrong.
contract Child {
    uint256 public value = 7;

    function destroy() external {
        assembly {
            selfdestruct(0)
        }
    }
}

contract Trial {
    event Seen(uint256 value);

    Child public child;

    constructor() {}

    function set(uint256 slot, uint256 value) external {
        assembly {
            sstore(slot, value)
        }
    }

    function toggle(uint256 slot) external {
        assembly {
            let before := sload(slot)
            sstore(slot, 0)
            sstore(slot, 5)
            sstore(slot, iszero(before))
        }
    }

    function time() external {
        emit Seen(block.number);
        emit Seen(block.timestamp);
        emit Seen(block.chainid);
        emit Seen(gasleft());
    }

    function transient() external {
        uint256 before;
        assembly {
            before := tload(3)
            tstore(3, add(before, 1))
        }
        emit Seen(before);
    }

    function fail(uint256 slot) external {
        assembly {
            sstore(slot, 99)
        }
        revert("no");
    }

    function failInside(uint256 slot) external {
        try this.fail(slot) {} catch {
            emit Seen(slot);
        }
    }

    function bear() external {
        child = new Child();
    }

    function bearAndBury() external {
        Child brief = new Child();
        brief.destroy();
        emit Seen(brief.value());
    }

    function bury() external {
        child.destroy();
    }

    function burn() external {
        while (true) {}
    }
}
