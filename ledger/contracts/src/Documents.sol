// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consent} from "./Consent.sol";
import {Guarded} from "./Guarded.sol";

/// @title Documents: hash and place of each encrypted document, and who stands for it
contract Documents is Guarded {
    struct Document {
        bytes32 patient;
        address hospital;
        uint64 added;
        bytes32 ciphertextHash;
        string locator;
    }

    mapping(bytes32 => Document) private _documents;
    mapping(bytes32 => mapping(address => bytes32[])) private _ofHospital;

    event DocumentAdded(
        bytes32 indexed patient,
        address indexed hospital,
        bytes32 indexed documentId,
        bytes32 ciphertextHash
    );

    error DocumentExists(bytes32 documentId);
    error DocumentUnknown(bytes32 documentId);

    constructor(Consent consent_) Guarded(consent_) {}

    /// @notice A member records a document once; a corrected one gets an id of its own.
    /// @param patient HMAC of the patient's identifier.
    /// @param documentId The ledger's id of the document.
    /// @param ciphertextHash SHA-256 of the encrypted document.
    /// @param locator Where the ciphertext lies; no personal data.
    function addDocument(
        bytes32 patient,
        bytes32 documentId,
        bytes32 ciphertextHash,
        string calldata locator
    ) external onlyMember {
        _checkReference(ciphertextHash, locator);
        if (_documents[documentId].added != 0) revert DocumentExists(documentId);
        _documents[documentId] = Document(
            patient, msg.sender, uint64(block.timestamp), ciphertextHash, locator
        );
        _ofHospital[patient][msg.sender].push(documentId);
        emit DocumentAdded(patient, msg.sender, documentId, ciphertextHash);
    }

    /// @notice Ids of a patient's documents from one hospital, in the order they were added.
    function getDocumentsFromHospital(address hospital, bytes32 patient)
        external
        view
        returns (bytes32[] memory)
    {
        _checkReader(patient, consent.DOCUMENTS());
        return _ofHospital[patient][hospital];
    }

    /// @notice One document's reference.
    function getDocument(bytes32 documentId) external view returns (Document memory) {
        Document memory found = _documents[documentId];
        if (found.added == 0) revert DocumentUnknown(documentId);
        _checkReader(found.patient, consent.DOCUMENTS());
        return found;
    }
}
