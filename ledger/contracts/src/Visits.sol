// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "./Consent.sol";
import {Guarded} from "./Guarded.sol";

/// @title Hospital visits: for each a reference to its ciphertext, never department or reason
contract Visits is Guarded {
    struct Visit {
        address hospital;
        uint64 added;
        bytes32 ciphertextHash;
        string locator;
    }

    mapping(bytes32 => Visit[]) private _visits;

    event HospitalVisitAdded(
        bytes32 indexed patient, address indexed hospital, uint256 index, bytes32 ciphertextHash
    );

    constructor(Consent consent_) Guarded(consent_) {}

    /// @notice A member records a visit to itself.
    /// @param patient HMAC of the patient's identifier.
    /// @param ciphertextHash SHA-256 of the encrypted visit.
    /// @param locator Where the ciphertext lies, e.g. "ledger:<record id>"; no personal data.
    function addHospitalVisit(bytes32 patient, bytes32 ciphertextHash, string calldata locator)
        external
        onlyMember
    {
        _checkReference(ciphertextHash, locator);
        _visits[patient].push(
            Visit(msg.sender, uint64(block.timestamp), ciphertextHash, locator)
        );
        emit HospitalVisitAdded(
            patient, msg.sender, _visits[patient].length - 1, ciphertextHash
        );
    }

    /// @notice All visits of a patient, in the order they were added.
    function getHospitalVisits(bytes32 patient) external view returns (Visit[] memory) {
        _checkReader(patient, consent.VISITS());
        return _visits[patient];
    }
}
