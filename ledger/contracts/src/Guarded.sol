// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "./Consent.sol";
import {Council} from "./Council.sol";

/// @title Who may write and read records
/// @notice The guard on reads keeps honest nodes' answers within the patient's consent. It hides
/// nothing from whoever runs a node and reads its storage: that is why records are ciphertext.
abstract contract Guarded {
    /// @notice Longest locator in bytes.
    uint256 public constant MAX_LOCATOR = 200;

    Consent public immutable consent;
    Council public immutable council;

    error NotMember(address account);
    error NoConsent(bytes32 patient, address reader);
    error ReferenceInvalid();

    modifier onlyMember() {
        if (!council.isMember(msg.sender)) revert NotMember(msg.sender);
        _;
    }

    constructor(Consent consent_) {
        consent = consent_;
        council = consent_.council();
    }

    function _checkReader(bytes32 patient, uint8 scope) internal view {
        if (!consent.mayRead(patient, msg.sender, scope)) revert NoConsent(patient, msg.sender);
    }

    function _checkReference(bytes32 ciphertextHash, string calldata locator) internal pure {
        uint256 length = bytes(locator).length;
        if (ciphertextHash == 0 || length == 0 || length > MAX_LOCATOR) revert ReferenceInvalid();
    }
}
